import { z } from "zod";
import { Fingerprint } from "../training_job.ts";

/** What a worker and the trainer that it lends its machine to say to each other; what nodes say is in `control_messages.ts`. */

/** Lines and reasons are cut at this many characters. */
export const WORDS_CHARACTERS = 4096;

const words = z.string().max(WORDS_CHARACTERS);
const name = z.string().min(1).max(200);

/** From a worker. */
export const WorkerMessage = z.discriminatedUnion("type", [
  /** First message, and no other before it: who it is, and how it computes. One node at a time runs on a worker. */
  z.object({ type: z.literal("offer"), name, fingerprint: Fingerprint }),
  z.object({ type: z.literal("alive") }),
  /** What the node wrote. */
  z.object({ type: z.literal("line"), text: words }),
  /** The node that was started is gone, and how. */
  z.object({ type: z.literal("exited"), how: words }),
]);
export type WorkerMessage = z.infer<typeof WorkerMessage>;

/** From the trainer. */
export const TrainerMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("alive") }),
  /** The worker cannot be used; the link is closed. */
  z.object({ type: z.literal("refused"), reason: words }),
  /** Start a node that joins the run at the address under that name. */
  z.object({
    type: z.literal("start"),
    name,
    host: z.string().min(1),
    port: z.int().min(1).max(65_535),
    leafThreads: z.int().positive(),
  }),
  /** End it at once. */
  z.object({ type: z.literal("kill") }),
]);
export type TrainerMessage = z.infer<typeof TrainerMessage>;
