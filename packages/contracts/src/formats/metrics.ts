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

/** The stage of a model that a node had, and how it waited for the others. */
export const StageActivity = z.strictObject({
  /** 0-based; the first one has the embedding and the head too. */
  index: z.number().int().nonnegative(),
  of: z.number().int().min(2),
  /** Blocks start <= layer < end, 0-based. */
  layers: z.strictObject({ start: z.number().int().nonnegative(), end: z.number().int().nonnegative() }),
  /** Micro-batches of the last step that went through it. */
  leaves: z.number().int().nonnegative(),
  /** Part of the time of computing in which it waited for other stages. */
  waitMs: z.number().nonnegative(),
});
export type StageActivity = z.infer<typeof StageActivity>;

/**
 * The share of its time that a stage of a pipeline has to wait, where all are equally fast and nothing is lost on the way: the bubble.
 * @param of Stages.
 * @param leaves Micro-batches of a step, one after another.
 * @see Huang et al. 2019, "GPipe: Efficient Training of Giant Neural Networks using Pipeline Parallelism", section 2.3.
 */
export function leastWaiting({ of, leaves }: Pick<StageActivity, "of" | "leaves">): number {
  return (of - 1) / (leaves + of - 1);
}

/** How the stages of a training waited for each other, over all of its nodes and steps. */
export const Pipeline = z.strictObject({
  stages: z.number().int().min(2),
  /** Share of a step's time in which a node waited for other stages. */
  waiting: z.number().min(0).max(1),
  /** What `leastWaiting` says of them. */
  leastWaiting: z.number().min(0).max(1),
});
export type Pipeline = z.infer<typeof Pipeline>;

/** What a node did during the last reported steps: times and bytes are sums over them. */
export const NodeActivity = z.strictObject({
  node: z.string(),
  generation: z.number().int().positive(),
  /** The last of them. */
  step: z.number().int().nonnegative(),
  /** How many they are. Absent in reports of before it was counted. */
  steps: z.number().int().positive().optional(),
  computeMs: z.number().nonnegative(),
  exchangeMs: z.number().nonnegative(),
  idleMs: z.number().nonnegative(),
  /** Bytes sent to other nodes. Absent in reports of before it was counted. */
  sentBytes: z.number().int().nonnegative().optional(),
  /** Absent where each node has the whole model. */
  stage: StageActivity.optional(),
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
