import type { Executor } from "@millrace/execution";
import { leafVectors, type ReplicaOptions, type StepReport, createReplica, trainStep } from "../mod.ts";

/** Token that begins a document of the tiny texts; their other tokens are ASCII codes. */
const END_OF_TEXT = 0;

const SENTENCES = "the mill turns the wheel and the wheel turns the stone. ".repeat(12);

/** Options of a run that takes a few seconds: 30 thousand parameters, 4 leaves of 2 sequences. */
export function tinyOptions(executor: Executor, changes: Partial<ReplicaOptions["training"]> = {}): ReplicaOptions {
  const text = new TextEncoder().encode(SENTENCES);
  return {
    executor,
    config: { architecture: "gpt2", vocabularySize: 128, contextLength: 32, layers: 2, heads: 2, width: 32 },
    training: {
      seed: 1,
      steps: 60,
      leaves: 4,
      leafBatch: 2,
      leafThreads: 1,
      learningRate: 0.01,
      finalLearningRate: 0.001,
      warmupSteps: 5,
      weightDecay: 0.1,
      beta1: 0.9,
      beta2: 0.99,
      clip: 1,
      ...changes,
    },
    tokens: Uint16Array.from([END_OF_TEXT, ...text]),
    validation: {
      tokens: Uint16Array.from([END_OF_TEXT, ...text.subarray(0, 70), END_OF_TEXT, ...text.subarray(100, 120)]),
      endOfText: END_OF_TEXT,
    },
    concurrency: 1,
  };
}

/** Trains on until `to` steps are applied, and gives the last step's report and the checkpoint after it. */
export async function trainTiny(
  options: ReplicaOptions,
  to: number,
): Promise<{ report: StepReport | undefined; checkpoint: { model: Uint8Array; state: Uint8Array } }> {
  const replica = await createReplica(options);
  const vectors = leafVectors(replica, options.training.leaves);
  let report: StepReport | undefined;
  for (let step = replica.applied; step < to; step++) report = await trainStep(replica, step, vectors);
  await replica.publishState();
  const checkpoint = replica.exportCheckpoint(to);
  await replica.close();
  return { report, checkpoint };
}
