/**
 * The graph for others: one ONNX file with the weights inside, dynamic axes and the names that Hugging Face's decoders have, in
 * standard operators only. Placed at `onnx/model.onnx` beside `config.json` and the tokenizer, it loads in transformers.js.
 */
import {
  add,
  and,
  concat,
  constant,
  greaterOrEqual,
  input,
  lessOrEqual,
  onnxModel,
  range,
  reshape,
  scalar,
  shapeOf,
  softmax,
  sub,
  where,
  type Tensor,
} from "@millrace/tensor";
import { type ModelConfig, resolveModel } from "./config.ts";
import { attentionScores, weighedValues } from "./attention.ts";
import { attentionScale, decoder, vocabularyScores, type Attend } from "./decoder.ts";
import { HIDDEN } from "./hidden.ts";
import type { Graph } from "./training_graph.ts";
import { parameterConstants } from "./weights.ts";

const BATCH = "batch_size";
const NEW = "sequence_length";
const PAST = "past_sequence_length";
const TOTAL = "total_sequence_length";

/**
 * Writes the export graph.
 *
 * Inputs: `input_ids` int64 (batch, new); `attention_mask` int64 (batch, past + new), 0 where padded; `position_ids` int64 (batch, new);
 * `past_key_values.<layer>.key` and `.value` float32 (batch, Hk, past, K), Hk the heads of keys. Outputs: `logits` float32 (batch, new, V);
 * `present.<layer>.key` and `.value` float32 (batch, Hk, past + new, K).
 * @param parameters The flat vector, as `parameterLayout` describes it.
 * @throws {RangeError} If the vector's length does not fit the configuration, or the file would exceed 2 GiB.
 */
export function exportGraph(config: ModelConfig, parameters: Float32Array): Graph {
  const weights = parameterConstants(config, parameters);
  const { layers, keyValueHeads, headWidth } = resolveModel(config);
  const tokens = input("input_ids", "int64", [BATCH, NEW]);
  const mask = input("attention_mask", "int64", [BATCH, TOTAL]);
  const positions = input("position_ids", "int64", [BATCH, NEW]);
  const pastShape = [BATCH, keyValueHeads, PAST, headWidth];
  const past = Array.from({ length: layers }, (_, layer) => ({
    key: input(`past_key_values.${layer}.key`, "float32", pastShape),
    value: input(`past_key_values.${layer}.value`, "float32", pastShape),
  }));

  const bias = visibility(tokens, mask);
  const scale = attentionScale(config);
  const present: Record<string, Tensor> = {};
  const attend: Attend = (layer, query, newKey, newValue) => {
    const earlier = past[layer] ?? { key: newKey, value: newValue };
    const key = concat([earlier.key, newKey], 2, TOTAL);
    const value = concat([earlier.value, newValue], 2, TOTAL);
    present[`present.${layer}.key`] = key;
    present[`present.${layer}.value`] = value;
    return weighedValues(softmax(add(attentionScores(query, key, scale), bias)), value);
  };
  const hidden = decoder(config, weights, { tokens, positions, attend });
  const inputs = [tokens, mask, positions, ...past.flatMap(({ key, value }) => [key, value])];
  const outputs = { logits: vocabularyScores(config, hidden, weights), ...present };
  return { model: onnxModel({ name: "decoder", inputs, outputs, dialect: "standard" }) };
}

/** What is added to the scores, shape (batch, 1, new, total): nothing after one's own place, nothing that the mask leaves out. */
function visibility(tokens: Tensor, mask: Tensor): Tensor {
  const total = reshape(shapeOf(mask, 1, 2), []);
  const earlier = sub(total, reshape(shapeOf(tokens, 1, 2), []));
  const places = range(constant(BigInt64Array.of(0n), []), total, TOTAL);
  const own = reshape(range(earlier, total, NEW), [NEW, 1]);
  const attended = greaterOrEqual(reshape(mask, [BATCH, 1, 1, TOTAL]), constant(BigInt64Array.of(1n), []));
  return where(and(lessOrEqual(places, own), attended), scalar(0), scalar(HIDDEN));
}
