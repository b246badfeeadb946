/** The graphs of training: the loss of one micro-batch, with or without its gradients. */
import {
  add,
  cast,
  constant,
  crossEntropy,
  gradients,
  greaterOrEqual,
  input,
  matmul,
  onnxModel,
  reduceSum,
  reshape,
  softmax,
  type Tensor,
} from "@millrace/tensor";
import type { ModelConfig } from "./config.ts";
import { attentionScale, decoder, EMBEDDING, HIDDEN, vocabularyScores } from "./decoder.ts";
import { parameterLayout } from "./parameter_layout.ts";
import { parameterInputs, type Weights } from "./weights.ts";

/** How many sequences a graph takes at once. */
export interface BatchOptions {
  /** B, sequences of `contextLength` tokens. */
  readonly batch: number;
}

/** An ONNX model with static shapes and the parameters as inputs. */
export interface Graph {
  readonly model: Uint8Array;
}

/** The loss as tensors, for those who check it against the reference. */
export interface LossTensors {
  /** Every parameter by name, then `tokens` and `targets`. */
  readonly inputs: readonly Tensor[];
  readonly parameters: readonly Tensor[];
  /** Shape (B T, V). */
  readonly logits: Tensor;
  readonly lossSum: Tensor;
  readonly targetCount: Tensor;
}

/**
 * Writes the graph of one training micro-batch.
 *
 * Inputs: every parameter by name; `tokens` int32 (B, T), ids in [0, V); `targets` int32 (B, T), the id that follows each token, or
 * -1 to leave it out. Outputs: `loss_sum` float32 (1), nats summed over the targets; `target_count` float32 (1), how many there were;
 * `grad.<name>` for each parameter, the gradient of `loss_sum`.
 * @throws {RangeError} If the configuration or the batch is not valid.
 */
export function trainingGraph(config: ModelConfig, options: BatchOptions): Graph {
  const { inputs, parameters, lossSum, targetCount } = lossTensors(config, options);
  const names = parameterLayout(config).map(({ name }) => `grad.${name}`);
  const outputs = { loss_sum: lossSum, target_count: targetCount };
  const gradientOutputs = Object.fromEntries(
    gradients(lossSum, parameters).map((gradient, index) => [names[index], gradient]),
  );
  return { model: onnxModel({ name: "training", inputs, outputs: { ...outputs, ...gradientOutputs } }) };
}

/**
 * Writes the forward part alone, for validation: the inputs of `trainingGraph`, the outputs `loss_sum` and `target_count`.
 * @throws {RangeError} If the configuration or the batch is not valid.
 */
export function lossGraph(config: ModelConfig, options: BatchOptions): Graph {
  const { inputs, lossSum, targetCount } = lossTensors(config, options);
  return { model: onnxModel({ name: "loss", inputs, outputs: { loss_sum: lossSum, target_count: targetCount } }) };
}

/** Builds the loss of a micro-batch; see `trainingGraph` for what the values mean. */
export function lossTensors(config: ModelConfig, { batch }: BatchOptions): LossTensors {
  if (!Number.isSafeInteger(batch) || batch < 1) {
    throw new RangeError(`loss of a micro-batch: found batch ${batch}, wanted a positive integer`);
  }
  const { contextLength } = config;
  const { inputs: parameters, weights } = parameterInputs(config);
  const tokens = input("tokens", "int32", [batch, contextLength]);
  const targets = input("targets", "int32", [batch, contextLength]);
  const rows = batch * contextLength;
  const logits = vocabularyScores(hiddenStates(config, weights, tokens, batch), weights);
  const labels = reshape(targets, [rows]);
  const counted = cast(greaterOrEqual(labels, constant(Int32Array.of(0), [])), "float32");
  return {
    inputs: [...parameters, tokens, targets],
    parameters,
    logits,
    lossSum: reduceSum(crossEntropy(logits, labels), [0]),
    targetCount: reduceSum(counted, [0]),
  };
}

/** Runs whole sequences: tokens (B, T) to the last layer norm's rows (B T, D). */
export function hiddenStates(config: ModelConfig, weights: Weights, tokens: Tensor, batch: number): Tensor {
  const { contextLength, width } = config;
  // A sequence fills the context, so its positions are the whole position table.
  const embedded = add(weights.rows(EMBEDDING, tokens), weights.plain("transformer.wpe.weight"));
  const rows = reshape(embedded, [batch * contextLength, width]);
  const future = causalBias(contextLength);
  const scale = attentionScale(config);
  return decoder(config, weights, rows, [batch, contextLength], (_, query, key, value) => {
    const scores = add(matmul(query, key, { transposeB: true, scale }), future);
    return matmul(softmax(scores), value);
  });
}

/** Hides from each token the tokens after it; shape (T, T). */
export function causalBias(tokens: number): Tensor {
  const bias = Float32Array.from({ length: tokens * tokens }, (_, index) =>
    index % tokens > Math.floor(index / tokens) ? HIDDEN : 0,
  );
  return constant(bias, [tokens, tokens]);
}
