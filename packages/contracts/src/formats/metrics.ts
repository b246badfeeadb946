import { z } from "zod";

/** One point of a training run's curves. Absent fields were not measured at this step. */
export const TrainingPoint = z.strictObject({
  step: z.number().int().nonnegative(),
  /** Nats per token. */
  loss: z.number().optional(),
  validationLoss: z.number().optional(),
  gradientNorm: z.number().nonnegative().optional(),
  learningRate: z.number().nonnegative().optional(),
  /** Steps that loss scaling has skipped until then, where products are of float16. */
  skippedSteps: z.number().int().nonnegative().optional(),
  tokensPerSecond: z.number().nonnegative().optional(),
  /** Useful multiplications and additions a second over those that plain matrix products reach on the same nodes. */
  productShare: z.number().nonnegative().optional(),
  elapsedSeconds: z.number().nonnegative(),
});
export type TrainingPoint = z.infer<typeof TrainingPoint>;

/** What a node did during the last reported steps. */
export const NodeActivity = z.strictObject({
  node: z.string(),
  generation: z.number().int().positive(),
  step: z.number().int().nonnegative(),
  computeMs: z.number().nonnegative(),
  exchangeMs: z.number().nonnegative(),
  idleMs: z.number().nonnegative(),
  /** Bytes sent to other nodes. Absent in reports of before it was counted. */
  sentBytes: z.number().int().nonnegative().optional(),
});
export type NodeActivity = z.infer<typeof NodeActivity>;

/** A node came, went, or holds the others up. */
export const NodeChange = z.strictObject({
  node: z.string(),
  change: z.enum(["joined", "lost", "slow"]),
  generation: z.number().int().positive(),
  step: z.number().int().nonnegative(),
  reason: z.string(),
  elapsedSeconds: z.number().nonnegative(),
});
export type NodeChange = z.infer<typeof NodeChange>;
