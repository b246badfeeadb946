import {
  and,
  cast,
  constant,
  crossEntropy,
  greaterOrEqual,
  input,
  lessOrEqual,
  onnxModel,
  reduceSum,
  reshape,
  scalar,
  where,
} from "@millrace/tensor";
import type { ModelConfig } from "./config.ts";
import { vocabularyScores } from "./decoder.ts";
import { type BatchOptions, type Graph, hiddenStates } from "./training_graph.ts";
import { parameterInputs } from "./weights.ts";

/**
 * Writes the graph that says of every token how well it was foreseen: what evaluations are made of.
 *
 * Inputs: every parameter by name; `tokens` int32 (B, T); `targets` int32 (B, T), the id that follows each token, or -1 to leave it
 * out. Outputs: `nats` float32 (B T), 0 where left out; `rank` float32 (B T), how many tokens of the vocabulary score at least as high
 * as the target, so 1 where it is the likeliest, and without meaning where left out.
 * @throws {RangeError} If the configuration or the batch is not valid.
 */
export function scoresGraph(config: ModelConfig, { batch }: BatchOptions): Graph {
  if (!Number.isSafeInteger(batch) || batch < 1) {
    throw new RangeError(`scoresGraph: found batch ${batch}, wanted a positive integer`);
  }
  const { contextLength, vocabularySize } = config;
  const { inputs, weights } = parameterInputs(config);
  const tokens = input("tokens", "int32", [batch, contextLength]);
  const targets = input("targets", "int32", [batch, contextLength]);
  const rows = batch * contextLength;
  const logits = vocabularyScores(config, hiddenStates(config, weights, tokens), weights); // (B T, V)
  const labels = reshape(targets, [rows]);
  const ids = constant(
    Int32Array.from({ length: vocabularySize }, (_, id) => id),
    [1, vocabularySize],
  );
  const column = reshape(targets, [rows, 1]);
  const isTarget = and(greaterOrEqual(ids, column), lessOrEqual(ids, column)); // (B T, V)
  const targetScore = reduceSum(where(isTarget, logits, scalar(0)), [1]); // (B T, 1)
  const rank = reduceSum(cast(greaterOrEqual(logits, targetScore), "float32"), [1]);
  return {
    model: onnxModel({
      name: "scores",
      inputs: [...inputs, tokens, targets],
      outputs: { nats: crossEntropy(logits, labels), rank: reshape(rank, [rows]) },
    }),
  };
}
