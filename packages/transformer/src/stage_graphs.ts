/**
 * The graphs of a stage: the training graph cut at the residual stream between blocks. The operators, their shapes and the order of
 * additions are those of the whole graph, so that its gradients come out to the bit. A backward graph computes the stage's
 * activations once more rather than keeping them, which costs a third more products and saves the memory that stages are for.
 * Legend: N = B T rows, D width.
 * @see Huang et al. 2018, "GPipe: Efficient Training of Giant Neural Networks using Pipeline Parallelism".
 */
import {
  add,
  input,
  onnxModel,
  pullback,
  gradients,
  expand,
  readingOrder,
  scalar,
  type Tensor,
} from "@millrace/tensor";
import { type ModelConfig, resolveModel } from "./config.ts";
import { decoderParts } from "./decoder.ts";
import { keepAll, randomDropout } from "./dropout.ts";
import { NAMES, OUTPUT, POSITIONS } from "./names.ts";
import type { Parameter } from "./parameter_layout.ts";
import { blockParameters, type Stage } from "./stages.ts";
import { batchInputs, type Graph, headLoss, wholeSequences } from "./training_graph.ts";
import { parameterInputs } from "./weights.ts";

/** What a graph of a stage is made for. */
export interface StageOptions {
  /** B, sequences of `contextLength` tokens. */
  readonly batch: number;
  /** Whether elements are dropped, by the input `draw` as `trainingGraph` has it. */
  readonly draws: boolean;
}

/** A stage's way from what it receives to what it gives. */
interface Passage {
  readonly parameters: readonly Parameter[];
  readonly inputs: readonly Tensor[];
  readonly fed: readonly Tensor[];
  /** What came from the stage before; the first stage has tokens in its place. */
  readonly received: Tensor | undefined;
  readonly given: Tensor;
}

function passage(config: ModelConfig, stage: Stage, { batch, draws }: StageOptions): Passage {
  const isFirst = stage.index === 0;
  const { start, end } = stage.blocks;
  const parameters = passageParameters(config, stage);
  const { inputs, weights } = parameterInputs(config, parameters);
  const { tokens } = batchInputs(config, batch);
  const draw = draws ? input("draw", "int32", [3]) : undefined;
  const { dropout: rates } = resolveModel(config);
  const dropout = draw === undefined ? keepAll : randomDropout(rates, draw, isFirst ? undefined : start);
  const attention = wholeSequences(config, dropout);
  const { embedded, blocks } = decoderParts(config, weights, { tokens, ...attention, dropout });
  const received = isFirst ? undefined : activation("received", config, batch);
  const fed = [received ?? tokens, ...(draw === undefined ? [] : [draw])];
  return { parameters, inputs, fed, received, given: blocks(received ?? embedded(), start, end) };
}

/** Parameters that a stage reads on the way forward: the first one's head is not among them. */
export function passageParameters(config: ModelConfig, stage: Stage): readonly Parameter[] {
  const embedding = stage.layout.filter(({ name }) => name === tableOf(config) || name === POSITIONS);
  return stage.index === 0 ? [...blockParameters(config, stage), ...embedding] : stage.layout;
}

/** Parameters that the head reads: those of the last norm, and the output matrix. */
export function headParameters(config: ModelConfig, first: Stage): readonly Parameter[] {
  const { finalNorm } = NAMES[config.architecture];
  const matrix = resolveModel(config).tied ? tableOf(config) : OUTPUT;
  return first.layout.filter(({ name }) => name === matrix || name.startsWith(`${finalNorm}.`));
}

function tableOf({ architecture }: ModelConfig): string {
  return NAMES[architecture].embedding;
}

function activation(name: string, { contextLength, width }: ModelConfig, batch: number): Tensor {
  return input(name, "float32", [batch * contextLength, width]);
}

/**
 * Writes a stage's way forward.
 *
 * Inputs: its parameters by name; `tokens` int32 (B, T) for the first stage, `received` float32 (N, D) for the others; `draw`. Output: `given`
 * float32 (N, D), what the next stage receives.
 */
export function stageForwardGraph(config: ModelConfig, stage: Stage, options: StageOptions): Graph {
  const { inputs, fed, given } = passage(config, stage, options);
  return { model: onnxModel({ name: "stage_forward", inputs: [...inputs, ...fed], outputs: { given } }) };
}

/**
 * Writes a stage's way back.
 *
 * Inputs: those of the way forward; `cotangent` float32 (N, D), the gradient of the loss by what the stage gave; for the first stage of a
 * tied model `head.<table>`, the gradient that the head has of it. Outputs: `grad.<name>` for each parameter of the way; for all but
 * the first stage `returned` float32 (N, D), the gradient by what the stage received.
 */
export function stageBackwardGraph(config: ModelConfig, stage: Stage, options: StageOptions): Graph {
  const { parameters, inputs, fed, received, given } = passage(config, stage, options);
  const cotangent = activation("cotangent", config, options.batch);
  const isTied = stage.index === 0 && resolveModel(config).tied;
  const trained = inputs.filter((_, index) => parameters[index]?.frozen === false);
  const wanted = received === undefined ? trained : [received, ...trained];
  const found = new Map(pullback(given, cotangent, wanted).map((gradient, index) => [wanted[index]!, gradient]));
  const returned = received && found.get(received);
  // In the order of the way there, as in `trainingGraph`; what is returned stands before all parameters.
  const outputs: Record<string, Tensor> = { ...(returned && { returned }) };
  const extra: Tensor[] = [];
  for (const index of readingOrder(given, inputs)) {
    const { name, shape } = parameters[index]!;
    const gradient = found.get(inputs[index]!) ?? expand(scalar(0), shape);
    if (isTied && name === tableOf(config)) {
      const ofHead = input(`head.${name}`, "float32", shape);
      extra.push(ofHead);
      // The order of the whole graph, whose way back meets the head first.
      outputs[`grad.${name}`] = add(ofHead, gradient);
    } else outputs[`grad.${name}`] = gradient;
  }
  return { model: onnxModel({ name: "stage_backward", inputs: [...inputs, ...fed, cotangent, ...extra], outputs }) };
}

/**
 * Writes the head: the last norm, the scores, the loss and, unless only it is asked for, the way back to the last block.
 *
 * Inputs: the head's parameters by name; `received` float32 (N, D); `targets` int32 (B, T). Outputs: `loss_sum` and `target_count` as
 * `trainingGraph` has them; `grad.<name>` for each parameter of the head; `returned` float32 (N, D), the gradient by what was received.
 */
export function headGraph(config: ModelConfig, first: Stage, batch: number, what: "loss" | "gradients"): Graph {
  const parameters = headParameters(config, first);
  const { inputs, weights } = parameterInputs(config, parameters);
  const received = activation("received", config, batch);
  const { tokens, targets } = batchInputs(config, batch);
  const { finished } = decoderParts(config, weights, { tokens, attend: (_, query) => query });
  const { lossSum, targetCount } = headLoss(config, weights, finished(received), targets);
  const outputs: Record<string, Tensor> = { loss_sum: lossSum, target_count: targetCount };
  if (what === "gradients") {
    const [returned = received, ...found] = gradients(lossSum, [received, ...inputs]);
    outputs["returned"] = returned;
    parameters.forEach(({ name }, index) => (outputs[`grad.${name}`] = found[index] ?? lossSum));
  }
  return { model: onnxModel({ name: "head", inputs: [...inputs, received, targets], outputs }) };
}
