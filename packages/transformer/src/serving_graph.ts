/**
 * The graph of serving: some new tokens in each of a fixed number of slots, over a cache of earlier keys and values which the host
 * owns. The graph only reads the cache and returns the new rows; the host writes them in place, so nothing is copied that does not change.
 */
import {
  add,
  concat,
  constant,
  expand,
  gather,
  greaterOrEqual,
  input,
  min,
  onnxModel,
  reshape,
  scalar,
  softmax,
  split,
  where,
  type Tensor,
} from "@millrace/tensor";
import { type ModelConfig, resolveModel } from "./config.ts";
import { attentionScores, weighedValues } from "./attention.ts";
import { attentionScale, decoder, vocabularyScores, type Attend } from "./decoder.ts";
import { HIDDEN } from "./hidden.ts";
import { quantisedWeights } from "./quantised_weights.ts";
import { causalBias, type Graph } from "./training_graph.ts";
import { parameterInputs } from "./weights.ts";

/** Extents of a serving graph. */
export interface ServingOptions {
  /** S, sequences served side by side. */
  readonly slots: number;
  /** n, new tokens a slot takes in one run: 1 to decode, more to read a prompt. At most `contextLength`. */
  readonly newTokens: number;
  /** Parameters to write into the graph in 8 bits. Without them the graph takes float32 parameters as inputs. */
  readonly quantise?: Float32Array;
}

/**
 * Writes a serving graph.
 *
 * Inputs: every parameter by name (none if they are quantised); `tokens` int32 (S, n), padded with any id in [0, V) behind the real ones; `lengths` int32 (S),
 * how many rows of the cache are filled, in [0, contextLength); `counts` int32 (S), how many of the new tokens are real, in [1, n], with
 * lengths + counts <= contextLength; `cache.<layer>.key` and `cache.<layer>.value` float32 (S, Hk, contextLength, K), Hk the heads of keys. An idle slot takes token
 * 0, length 0, count 1. Rows of the cache beyond the length are not looked at, but must be finite (start with zeros).
 *
 * Outputs: `logits` float32 (S, V), scores of the token after the last real one; `new.<layer>.key` and `new.<layer>.value` float32
 * (S, Hk, n, K), of which rows [0, count) belong at rows [length, length + count) of the cache.
 * @throws {RangeError} If the configuration or the extents are not valid, the parameters do not fit, or the file would exceed 2 GiB.
 */
export function servingGraph(config: ModelConfig, { slots, newTokens, quantise }: ServingOptions): Graph {
  const { contextLength, layers, keyValueHeads, headWidth } = resolveModel(config);
  const wanted = `wanted positive integers, newTokens at most ${contextLength}`;
  if (![slots, newTokens].every((extent) => Number.isSafeInteger(extent) && extent > 0) || newTokens > contextLength) {
    throw new RangeError(`servingGraph: found slots ${slots} and newTokens ${newTokens}, ${wanted}`);
  }
  const { inputs: parameters, weights } =
    quantise === undefined ? parameterInputs(config) : { inputs: [], weights: quantisedWeights(config, quantise) };
  const tokens = input("tokens", "int32", [slots, newTokens]);
  const lengths = input("lengths", "int32", [slots]);
  const counts = input("counts", "int32", [slots]);
  const cacheShape = [slots, keyValueHeads, contextLength, headWidth];
  const caches = Array.from({ length: layers }, (_, layer) => ({
    key: input(`cache.${layer}.key`, "float32", cacheShape),
    value: input(`cache.${layer}.value`, "float32", cacheShape),
  }));

  const bias = visibility(lengths, slots, newTokens, contextLength);
  const scale = attentionScale(config);
  const outputs: Record<string, Tensor> = {};
  // Scores over cache and new rows are joined, not the keys: joining those would copy the whole cache for every token.
  const attend: Attend = (layer, query, key, value) => {
    const cache = caches[layer] ?? { key, value };
    outputs[`new.${layer}.key`] = key;
    outputs[`new.${layer}.value`] = value;
    const parts = [cache.key, key].map((keys) => attentionScores(query, keys, scale));
    const probabilities = softmax(add(concat(parts, 3), bias));
    const [old = probabilities, fresh = probabilities] = split(probabilities, 3, [contextLength, newTokens]);
    return add(weighedValues(old, cache.value), weighedValues(fresh, value));
  };

  const positions = positionsOf(lengths, slots, newTokens, contextLength);
  const hidden = decoder(config, weights, { tokens, positions, attend });
  // Only the last real row of each slot goes through the output matrix, which for a small model is the largest product.
  const lastRows = add(
    counts,
    constant(
      Int32Array.from({ length: slots }, (_, slot) => slot * newTokens - 1),
      [slots],
    ),
  );
  const logits = vocabularyScores(config, gather(hidden, lastRows), weights);
  const inputs = [...parameters, tokens, lengths, counts, ...caches.flatMap(({ key, value }) => [key, value])];
  return { model: onnxModel({ name: "serving", inputs, outputs: { logits, ...outputs } }) };
}

/** Positions of the new tokens, shape (S, n). Padding may run past the context; it is held at the last position. */
function positionsOf(lengths: Tensor, slots: number, newTokens: number, contextLength: number): Tensor {
  const steps = constant(
    Int32Array.from({ length: newTokens }, (_, step) => step),
    [newTokens],
  );
  return min(add(reshape(lengths, [slots, 1]), steps), constant(Int32Array.of(contextLength - 1), []));
}

/** What is added to the scores, shape (S, 1, n, contextLength + n): the filled part of the cache, then the new tokens up to one's own. */
function visibility(lengths: Tensor, slots: number, newTokens: number, contextLength: number): Tensor {
  const places = constant(
    Int32Array.from({ length: contextLength }, (_, place) => place),
    [contextLength],
  );
  const empty = greaterOrEqual(places, reshape(lengths, [slots, 1, 1, 1]));
  const cache = expand(where(empty, scalar(HIDDEN), scalar(0)), [slots, 1, newTokens, contextLength]);
  return concat([cache, expand(causalBias(newTokens), [slots, 1, newTokens, newTokens])], 3);
}
