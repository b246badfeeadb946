import { z } from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const positive = z.int().positive();

/** One validation of a run: mean loss over the fixed window list after `step` applied steps. */
export const Validation = z.strictObject({
  step: z.int().nonnegative(),
  /** Nats a token. */
  loss: z.number(),
});
export type Validation = z.infer<typeof Validation>;

/** Where a run goes on from: a checkpoint and what had been measured until then. */
export const Resume = z.strictObject({
  step: z.int().nonnegative(),
  /** Address of `model.safetensors`. */
  model: sha256,
  /** Address of `state.safetensors`. */
  state: sha256,
  validations: z.array(Validation),
});
export type Resume = z.infer<typeof Resume>;

/** What identifies a node's arithmetic; as `RuntimeFingerprint` of the execution package. */
export const Fingerprint = z.object({
  runtime: z.string().max(200),
  library: z.string().max(200),
  kernelClass: z.string().max(200),
  probe: z.string().max(200),
  revision: z.int().min(1).optional(),
});
export type Fingerprint = z.infer<typeof Fingerprint>;

/** What a run trains, as coordinator and nodes need to know it. What a model is, only the replica knows. */
export const TrainingJob = z.strictObject({
  /** Identifies the run in every message; another run's messages are dropped. */
  run: z.string().min(1),
  /** Micro-batches a step. It fixes the summation tree, and so belongs to the recipe, not to the machines. */
  leaves: positive,
  /** Steps of the whole run. */
  steps: positive,
  /** Most leaves of validation windows to score, from the front of their fixed list; 0 validates never. */
  validationLeaves: z.int().nonnegative(),
  /** Steps between validations; the last step is always validated. */
  validateEverySteps: positive,
  /** Steps between checkpoints; the last step always gives one. */
  checkpointEverySteps: positive,
  /** Validations without improvement after which the run stops; the best checkpoint is then the result. Absent: never. */
  patience: positive.optional(),
  /** How numbers travel where they lose bits. Absent: exactly. */
  exchange: z.enum(["fp16", "int8"]).optional(),
  /** Settings of the replica, passed through. */
  replica: z.record(z.string(), z.json()),
  /** Data of the replica by name, as addresses. */
  blobs: z.record(z.string(), sha256),
  resume: Resume.optional(),
  /** Arithmetic that nodes must have: of the run that is resumed or verified. Absent: that of the first node to join. */
  fingerprint: Fingerprint.optional(),
});
export type TrainingJob = z.infer<typeof TrainingJob>;

/** What is due after `step` applied steps. All members pause where anything is. */
export function dueAfter(job: TrainingJob, step: number): { validate: boolean; checkpoint: boolean } {
  const last = step === job.steps;
  const every = (steps: number): boolean => step > 0 && step % steps === 0;
  return {
    validate: job.validationLeaves > 0 && (last || every(job.validateEverySteps)),
    checkpoint: last || every(job.checkpointEverySteps),
  };
}
