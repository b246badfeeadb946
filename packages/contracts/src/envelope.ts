/**
 * The envelope of every message: CloudEvents 1.0 in structured JSON mode, with the extensions that make one causal chain.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
import { z } from "zod";
import { ProjectName } from "./project.ts";

/** `millrace.<domain>[.<thing>].<verb>.v<n>`: past tense for a fact, imperative for a command. */
export const EventType = z.string().regex(/^millrace(?:\.[a-z]+){2,4}\.v[1-9]\d*$/, {
  error: "expected millrace.<domain>.<verb>.v<n>",
});

export const CloudEvent = z.strictObject({
  specversion: z.literal("1.0"),
  id: z.uuid(),
  /** The service that speaks, e.g. `/millrace/ingestion`. */
  source: z.string().regex(/^\/millrace\/[a-z]+$/),
  type: EventType,
  /** What the event is about, for people: a run id, a version. */
  subject: z.string().min(1).max(200),
  time: z.iso.datetime(),
  datacontenttype: z.literal("application/json"),
  project: ProjectName,
  /** The pipeline run this belongs to. */
  correlationid: z.string().min(1).max(200),
  /** Id of the event that led to this one; a root command carries its own id. */
  causationid: z.uuid(),
  /** W3C trace context. */
  traceparent: z
    .string()
    .regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
    .optional(),
  /** How often an operator has requeued this event after it was parked. */
  requeue: z.number().int().positive().optional(),
  data: z.record(z.string(), z.unknown()),
});
export type CloudEvent = z.infer<typeof CloudEvent>;
