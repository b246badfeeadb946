/** The graphs of training: the loss of one micro-batch, with or without its gradients. */
import {
  add,
  attendsInOne,
  cast,
  causalAttention,
  constant,
  crossEntropy,
  type Dialect,
  expand,
  gradients,
  greaterOrEqual,
  halfProducts,
  heldBytes,
  input,
  type ModelDefinition,
  onnxModel,
  plainBits,
  pullback,
  readingOrder,
  type Recomputation,
  reduceSum,
  reshape,
  scalar,
  softmax,
  type Tensor,
} from "@millrace/tensor";
import { type ModelConfig, resolveModel } from "./config.ts";
import { attentionScores, weighedValues } from "./attention.ts";
import { type Attend, attentionScale, decoder, type Sequences, vocabularyScores } from "./decoder.ts";
import { type Dropout, keepAll, randomDropout } from "./dropout.ts";
import { type AdapterConfig, adaptedParameters, adaptedVectors, trainedLayout } from "./adapters.ts";
import { HIDDEN } from "./hidden.ts";
import type { Parameter } from "./parameter_layout.ts";
import { type FedParameters, joinedVector, parameterInputs, parameterVector, type Weights } from "./weights.ts";

/**
 * The WebGPU provider adds up products of float16 in float16. Of 1024 terms that loses half a hundredth; of the 50,000 of a vocabulary
 * it loses a third of the gradient's norm.
 */
const WEBGPU_TERMS = 1024;

/** How many sequences a graph takes at once. */
export interface BatchOptions {
  /** B, sequences of `contextLength` tokens. */
  readonly batch: number;
  /** Low-rank adapters, which are inputs of the graph too, after the parameters, and are trained in their place. */
  readonly adapters?: AdapterConfig | undefined;
  /** Whether backward computes each block again from the rows that enter it, instead of keeping what it computed; default false. */
  readonly recompute?: boolean | undefined;
  /** Whether products read and give float16; the graph then has the input `loss_scale` float32 (1), which the gradients are multiplied by. Default false. */
  readonly mixed?: boolean | undefined;
  /** Operators the graph is written in; default ONNX Runtime's. */
  readonly dialect?: Dialect | undefined;
}

/** An ONNX model with static shapes and the parameters as inputs. */
export interface Graph {
  readonly model: Uint8Array;
}

/** The loss as tensors, for those who check it against the reference. */
export interface LossTensors {
  /** The parameters, then `tokens` and `targets`, then `draw` where there is dropout. */
  readonly inputs: readonly Tensor[];
  /** What is trained: the parameters, or the adapters. */
  readonly parameters: readonly Tensor[];
  /** Shape (B T, V); see `Weights.scores` for further columns. */
  readonly logits: Tensor;
  /** What recomputation can begin from. */
  readonly recomputation: Recomputation;
  readonly lossSum: Tensor;
  readonly targetCount: Tensor;
}

/**
 * Writes the graph of one training micro-batch.
 *
 * Inputs: every parameter by name; `tokens` int32 (B, T), ids in [0, V); `targets` int32 (B, T), the id that follows each token, or
 * -1 to leave it out; where the configuration has dropout, `draw` int32 (3): seed, step and leaf. Outputs: `loss_sum` float32 (1), nats summed over the targets; `target_count` float32 (1), how many there were;
 * `grad.<name>` for each parameter, or each matrix of the adapters, the gradient of `loss_sum`. They are declared in the order in which the
 * way there reads the parameters: ONNX Runtime begins with what is written last, so that each gradient of a weight is made on the way back as
 * soon as it can be, and what it is made of is let go.
 * @throws {RangeError} If the configuration or the batch is not valid.
 */
export function trainingGraph(config: ModelConfig, options: BatchOptions): Graph {
  return written(trainingProgram(config, options), options);
}

/** What `trainingGraph` takes and gives, as tensors. */
export function trainingProgram(
  config: ModelConfig,
  options: BatchOptions,
): Pick<ModelDefinition, "inputs" | "outputs"> {
  const { adapters } = options;
  const layout = trainedLayout(config, adapters);
  const fed = fedParameters(config, adapters);
  const loss = lossTensors(config, options, drawInput(config), fed);
  const outputs: Record<string, Tensor> = { loss_sum: loss.lossSum, target_count: loss.targetCount };
  const scale = lossScale(options);
  const found = gradientsOf(layout, loss, options, scale);
  for (const index of readingOrder(loss.lossSum, loss.parameters)) {
    outputs[`grad.${layout[index]!.name}`] = found[index]!;
  }
  return rewritten(loss, outputs, options, scale);
}

/**
 * Writes the graph of one training micro-batch over flat vectors, for devices that keep them: few large tensors are handed over there
 * with less ado than many small ones.
 *
 * Inputs: `parameters` float32, the flat vector of what is trained; before it, where that is adapters, `frozen` float32, the flat vector
 * of the model; `tokens`, `targets` and `draw` as in `trainingGraph`. Outputs: `loss_sum` and `target_count` as there; `gradient` float32,
 * the gradient of `loss_sum` as a flat vector, zero in the gaps.
 * @throws {RangeError} If the configuration or the batch is not valid.
 */
export function flatTrainingGraph(config: ModelConfig, options: BatchOptions): Graph {
  const layout = trainedLayout(config, options.adapters);
  const loss = lossTensors(config, options, drawInput(config), fedVectors(config, options));
  const scale = lossScale(options);
  const gradient = joinedVector(layout, gradientsOf(layout, loss, options, scale));
  const given = { gradient, loss_sum: loss.lossSum, target_count: loss.targetCount };
  return written(rewritten(loss, given, options, scale), options);
}

/** A graph that shows what lies between tokens and gradient. */
export interface TracedGraph extends Graph {
  /** Outputs of the graph, float32, in the order of the computation, and what each of them is in words. */
  readonly values: readonly { readonly output: string; readonly words: string; readonly shape: readonly number[] }[];
  /** What is trained, by name, in the order in which the way there reads it. */
  readonly parameters: readonly string[];
}

/**
 * Writes the graph of one training micro-batch once more, for whoever looks for what went wrong in it. Inputs: those of `trainingGraph`.
 * Outputs: the rows that enter the first block, what each block gives, the scores and the loss; then the gradients of all those rows, on the
 * way back.
 * @throws {RangeError} If the configuration or the batch is not valid.
 */
export function tracedGraph(config: ModelConfig, options: BatchOptions): TracedGraph {
  const loss = lossTensors(config, options, drawInput(config), fedParameters(config, options.adapters));
  const { boundaries } = loss.recomputation;
  const scale = lossScale(options);
  const found = derived(loss, boundaries, options, scale);
  const layout = trainedLayout(config, options.adapters);
  const names = boundaries.map((_, index) =>
    index === 0 ? "the embedding of the tokens" : `the output of block ${index - 1}`,
  );
  const traced = [
    ...boundaries.map((tensor, index) => ({ tensor, words: names[index]! })),
    { tensor: loss.logits, words: "the scores of the vocabulary" },
    { tensor: loss.lossSum, words: "the loss" },
    ...found.map((tensor, index) => ({ tensor, words: `the gradient of ${names[index]}` })).reverse(),
  ].map(({ tensor, words }, index) => ({ tensor, words, output: `value.${index}` }));
  const outputs = Object.fromEntries(traced.map(({ output, tensor }) => [output, tensor]));
  return {
    ...written(rewritten(loss, outputs, options, scale), options),
    parameters: readingOrder(loss.lossSum, loss.parameters).map((index) => layout[index]!.name),
    values: traced.map(({ tensor, words, output }) => ({ output, words, shape: tensor.shape.map(Number) })),
  };
}

function lossScale({ mixed }: BatchOptions): Tensor | undefined {
  return mixed === true ? input("loss_scale", "float32", [1]) : undefined;
}

function written(
  program: Pick<ModelDefinition, "inputs" | "outputs">,
  { dialect = "onnxruntime" }: BatchOptions,
): Graph {
  return { model: onnxModel({ name: "training", ...program, dialect }) };
}

/** The passes that the options ask for. */
function rewritten(
  { inputs }: LossTensors,
  outputs: Readonly<Record<string, Tensor>>,
  { dialect }: BatchOptions,
  scale: Tensor | undefined,
): Pick<ModelDefinition, "inputs" | "outputs"> {
  let tensors: readonly Tensor[] = Object.values(outputs);
  if (scale !== undefined) tensors = halfProducts(tensors, dialect === "webgpu" ? WEBGPU_TERMS : undefined);
  // Of dropout alone.
  if (dialect === "webgpu") tensors = plainBits(tensors);
  return {
    inputs: scale === undefined ? inputs : [...inputs, scale],
    outputs: Object.fromEntries(Object.keys(outputs).map((name, index) => [name, tensors[index]!])),
  };
}

/** Bytes of what the training graph of a micro-batch keeps for the way back. */
export function activationBytes(config: ModelConfig, options: BatchOptions): number {
  const { adapters } = options;
  const layout = trainedLayout(config, adapters);
  const loss = lossTensors(config, options, drawInput(config), fedParameters(config, adapters));
  return heldBytes(loss.lossSum, gradientsOf(layout, loss, options));
}

/** The gradient of each parameter; zero for those that are not trained. */
function gradientsOf(layout: readonly Parameter[], loss: LossTensors, options: BatchOptions, scale?: Tensor): Tensor[] {
  const wanted = loss.parameters.filter((_, index) => layout[index]?.frozen === false);
  const trained = derived(loss, wanted, options, scale);
  return layout.map(({ shape, frozen }) => (frozen ? expand(scalar(0), shape) : (trained.shift() ?? loss.lossSum)));
}

/** The gradient of each tensor, times the scale where there is one. */
function derived(
  { lossSum, recomputation }: LossTensors,
  tensors: readonly Tensor[],
  { recompute }: BatchOptions,
  scale: Tensor | undefined,
): Tensor[] {
  const again = recompute === true ? recomputation : undefined;
  return scale === undefined ? gradients(lossSum, tensors, again) : pullback(lossSum, scale, tensors, again);
}

/**
 * Writes the forward part alone, for validation: the inputs of `trainingGraph`, the outputs `loss_sum` and `target_count`.
 * @throws {RangeError} If the configuration or the batch is not valid.
 */
export function lossGraph(config: ModelConfig, options: BatchOptions): Graph {
  return lossOf(config, options, fedParameters(config, options.adapters));
}

function fedParameters(config: ModelConfig, adapters: AdapterConfig | undefined): FedParameters {
  return adapters === undefined ? parameterInputs(config) : adaptedParameters(config, adapters);
}

/**
 * Writes the forward part alone over the flat vector: the inputs of `flatTrainingGraph` and the outputs of `lossGraph`.
 * @throws {RangeError} If the configuration or the batch is not valid.
 */
export function flatLossGraph(config: ModelConfig, options: BatchOptions): Graph {
  return lossOf(config, options, fedVectors(config, options));
}

function fedVectors(config: ModelConfig, { adapters, dialect = "onnxruntime" }: BatchOptions): FedParameters {
  return adapters === undefined ? parameterVector(config, dialect) : adaptedVectors(config, adapters, dialect);
}

function lossOf(config: ModelConfig, options: BatchOptions, fed: FedParameters): Graph {
  const { inputs, lossSum, targetCount } = lossTensors(config, options, undefined, fed);
  const outputs = { loss_sum: lossSum, target_count: targetCount };
  return { model: onnxModel({ name: "loss", inputs, outputs, dialect: options.dialect ?? "onnxruntime" }) };
}

/** Whether the training graph of a model has the input `draw`. */
export function hasDropout(config: ModelConfig): boolean {
  return Object.values(resolveModel(config).dropout).some((rate) => rate > 0);
}

function drawInput(config: ModelConfig): Tensor | undefined {
  return hasDropout(config) ? input("draw", "int32", [3]) : undefined;
}

/**
 * Builds the loss of a micro-batch; see `trainingGraph` for what the values mean.
 * @param draw Its input of that name; without it nothing is dropped.
 * @param fed Where the parameters come from; an input each by default.
 */
export function lossTensors(
  config: ModelConfig,
  { batch, dialect }: BatchOptions,
  draw?: Tensor,
  fed: FedParameters = parameterInputs(config),
): LossTensors {
  if (!Number.isSafeInteger(batch) || batch < 1) {
    throw new RangeError(`loss of a micro-batch: found batch ${batch}, wanted a positive integer`);
  }
  const { inputs, parameters, weights } = fed;
  const { tokens, targets } = batchInputs(config, batch);
  const dropout = draw === undefined ? keepAll : randomDropout(resolveModel(config).dropout, draw);
  const boundaries: Tensor[] = [];
  const onRows = (rows: Tensor): void => void boundaries.push(rows);
  const hidden = hiddenStates(config, weights, tokens, { dropout, dialect, onRows });
  return {
    inputs: [...inputs, tokens, targets, ...(draw === undefined ? [] : [draw])],
    parameters,
    recomputation: { boundaries, sources: draw === undefined ? [] : [draw] },
    ...headLoss(config, weights, hidden, targets),
  };
}

/** Declares the tokens of a micro-batch and the targets that follow them, int32 (B, T) both. */
export function batchInputs({ contextLength }: ModelConfig, batch: number): { tokens: Tensor; targets: Tensor } {
  const shape = [batch, contextLength];
  return { tokens: input("tokens", "int32", shape), targets: input("targets", "int32", shape) };
}

/**
 * The loss of the model's last rows.
 * @param hidden What the last norm gives, (B T, D).
 */
export function headLoss(
  config: ModelConfig,
  weights: Weights,
  hidden: Tensor,
  targets: Tensor,
): Pick<LossTensors, "logits" | "lossSum" | "targetCount"> {
  const logits = vocabularyScores(config, hidden, weights);
  const labels = reshape(targets, [Number(hidden.shape[0])]);
  const counted = cast(greaterOrEqual(labels, constant(Int32Array.of(0), [])), "float32");
  return {
    logits,
    lossSum: reduceSum(crossEntropy(logits, labels), [0]),
    targetCount: reduceSum(counted, [0]),
  };
}

/** How whole sequences are run. */
interface HiddenOptions extends Pick<Sequences, "dropout" | "onRows"> {
  readonly dialect?: Dialect | undefined;
}

/** Runs whole sequences: tokens (B, T) to the last layer norm's rows (B T, D). */
export function hiddenStates(
  config: ModelConfig,
  weights: Weights,
  tokens: Tensor,
  { dropout = keepAll, dialect, onRows }: HiddenOptions = {},
): Tensor {
  return decoder(config, weights, { tokens, ...wholeSequences(config, dropout, dialect), dropout, onRows });
}

/**
 * Attention of whole sequences: each token looks at itself and at those before it.
 * @param dropout Of a graph that drops attention's probabilities, or `keepAll`.
 */
export function wholeSequences(
  config: ModelConfig,
  dropout: Dropout,
  dialect: Dialect = "onnxruntime",
): Pick<Sequences, "attend" | "attendJoint"> {
  const { heads, headWidth, positions, dropout: rates } = resolveModel(config);
  const future = causalBias(config.contextLength);
  const scale = attentionScale(config);
  const attend: Attend = (_, query, key, value) => {
    const probabilities = softmax(add(attentionScores(query, key, scale), future));
    return weighedValues(dropout("attention", probabilities), value);
  };
  const drops = dropout !== keepAll && rates.attention > 0;
  const isOne = dialect === "onnxruntime" && positions !== "rotary" && !drops && attendsInOne(headWidth);
  return { attend, attendJoint: isOne ? (joint) => causalAttention(joint, heads, scale) : undefined };
}

/** Hides from each token the tokens after it; shape (T, T). */
export function causalBias(tokens: number): Tensor {
  const bias = Float32Array.from({ length: tokens * tokens }, (_, index) =>
    index % tokens > Math.floor(index / tokens) ? HIDDEN : 0,
  );
  return constant(bias, [tokens, tokens]);
}
