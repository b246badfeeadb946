import type { TrainingJob } from "../training_job.ts";
import type { blobStore } from "./run_kit.ts";
import { USUAL_TRAINING } from "./usual_training.ts";

/** A language model that real nodes train in moments. */
export const TINY_MODEL = {
  config: { architecture: "gpt2", vocabularySize: 64, contextLength: 16, layers: 2, heads: 2, width: 32 },
  training: {
    ...USUAL_TRAINING,
    seed: 7,
    leafBatch: 2,
    learningRate: 0.01,
    finalLearningRate: 0.001,
    warmupSteps: 2,
  },
  endOfText: 0,
  dtype: "uint16",
} as const;

/**
 * A job that trains it in 12 steps.
 * @param store Is given its tokens.
 */
export function tinyModelJob(store: ReturnType<typeof blobStore>): TrainingJob {
  return {
    run: "tiny-model",
    leaves: 8,
    steps: 12,
    validationLeaves: 3,
    validateEverySteps: 6,
    checkpointEverySteps: 6,
    replica: TINY_MODEL,
    blobs: { "train.0": shard(3000), "train.1": shard(1000), "validation.0": shard(400) },
  };

  /** Tokens with something to learn: a period of 37 with one in eight replaced. */
  function shard(length: number): string {
    const tokens = Uint16Array.from(
      { length },
      (_, i) => (i % 8 === 0 ? (Math.imul(i, 0x9e3779b1) >>> 24) % 63 : i % 37) + 1,
    );
    tokens[0] = 0;
    return store.put(new Uint8Array(tokens.buffer));
  }
}
