import { openExecutor } from "@millrace/execution/open";
import { createReplica, sumLosses } from "@millrace/training";
import type { ModelConfig } from "@millrace/contracts";
import { expect, test } from "vitest";
import { scoreDocuments } from "./score_documents.ts";

const config: ModelConfig = {
  architecture: "gpt2",
  vocabularySize: 32,
  contextLength: 8,
  layers: 1,
  heads: 2,
  width: 16,
};
const training = {
  seed: 3,
  steps: 1,
  leaves: 1,
  leafBatch: 2,
  leafThreads: 1,
  learningRate: 0.01,
  finalLearningRate: 0.001,
  warmupSteps: 0,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.99,
  clip: 1,
};

test("scoreDocuments() sums what a replica's validation sums, for any concurrency", async () => {
  const executor = await openExecutor(console.warn);
  // Documents of 1 to 40 tokens, so that some are shorter and some longer than a window.
  const tokens = Uint16Array.from(
    Array.from({ length: 40 }, (_, length) => [
      0,
      ...Array.from({ length: length + 1 }, (_, i) => 1 + ((i * length) % 31)),
    ]).flat(),
  );
  const validation = { tokens, endOfText: 0 };
  const replica = await createReplica({ executor, config, training, tokens, validation, concurrency: 1 });
  const leaves = [];
  for (let leaf = 0; leaf < replica.validationLeaves; leaf++) leaves.push(await replica.validateLeaf(leaf));
  const { lossSum, targetCount } = sumLosses(leaves);
  expect(targetCount).toBe(tokens.length - 40);
  const { model } = replica.exportCheckpoint(0);
  const lengths = Array.from({ length: 40 }, (_, length) => length + 2);
  const input = { config, model, tokens, lengths, endOfText: 0 };
  const scores = await scoreDocuments(executor, input, 1);
  expect(scores.nats).toHaveLength(40);
  expect(scores.nats.reduce((sum, nats) => sum + nats, 0)).toBeCloseTo(lossSum, 1);
  expect(scores.hits.every((hits, at) => hits >= 0 && hits < lengths[at]!)).toBe(true);
  expect(await scoreDocuments(executor, input, 3)).toEqual(scores);
  await replica.close();
  await executor.close();
});
