import { z } from "zod";

/** What the dead-letter stream keeps about an event that was parked. */
export const DeadLetter = z.strictObject({
  /** Consumer that gave up, `<service>-<handler>`. */
  consumer: z.string().min(1).max(120),
  /** Id of the parked event, or of the raw message when the payload was not an event. */
  eventId: z.string().min(1).max(200),
  subject: z.string(),
  /** The payload as it came, as text: it may not be an event at all. */
  payload: z.string(),
  error: z.strictObject({ name: z.string(), message: z.string() }),
  attempts: z.number().int().nonnegative(),
  requeues: z.number().int().nonnegative(),
  parkedAt: z.iso.datetime(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;
