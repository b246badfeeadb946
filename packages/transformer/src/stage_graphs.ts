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
import { adaptedParameters } from "./adapters.ts";
import { type ModelConfig, resolveModel } from "./config.ts";
import { decoderParts } from "./decoder.ts";
import { keepAll, randomDropout } from "./dropout.ts";
import { NAMES, OUTPUT, POSITIONS } from "./names.ts";
import type { Parameter } from "./parameter_layout.ts";
import { blockParameters, type ReadParameters, type Stage } from "./stages.ts";
import { batchInputs, type Graph, headLoss, wholeSequences } from "./training_graph.ts";
import { type FedParameters, parameterInputs } from "./weights.ts";

/** What a graph of a stage is made for. */
export interface StageOptions {
  /** B, sequences of `contextLength` tokens. */
  readonly batch: number;
  /** Whether elements are dropped, by the input `draw` as `trainingGraph` has it. */
  readonly draws: boolean;
}

/** A stage's way from what it receives to what it gives. */
interface Passage {
  readonly inputs: readonly Tensor[];
  /** What is trained, in the order of its layout. */
  readonly trained: readonly Tensor[];
  readonly fed: readonly Tensor[];
  /** What came from the stage before; the first stage has tokens in its place. */
  readonly received: Tensor | undefined;
  readonly given: Tensor;
}

function passage(config: ModelConfig, stage: Stage, { batch, draws }: StageOptions): Passage {
  const isFirst = stage.index === 0;
  const { start, end } = stage.blocks;
  const { inputs, parameters: trained, weights } = fedParameters(config, stage, passageParameters(config, stage));
  const { tokens } = batchInputs(config, batch);
  const draw = draws ? input("draw", "int32", [3]) : undefined;
  const { dropout: rates } = resolveModel(config);
  const dropout = draw === undefined ? keepAll : randomDropout(rates, draw, isFirst ? undefined : start);
  const attention = wholeSequences(config, dropout);
  const { embedded, blocks } = decoderParts(config, weights, { tokens, ...attention, dropout });
  const received = isFirst ? undefined : activation("received", config, batch);
  const fed = [received ?? tokens, ...(draw === undefined ? [] : [draw])];
  return { inputs, trained, fed, received, given: blocks(received ?? embedded(), start, end) };
}

function fedParameters(config: ModelConfig, { adapters }: Stage, { fixed, trained }: ReadParameters): FedParameters {
  return adapters === undefined
    ? parameterInputs(config, trained)
    : adaptedParameters(config, adapters, fixed, trained);
}

/** Parameters that a stage reads on the way forward: the first one's head is not among them. */
export function passageParameters(config: ModelConfig, stage: Stage): ReadParameters {
  const embedding = stage.layout.filter(({ name }) => name === tableOf(config) || name === POSITIONS);
  const read = stage.index === 0 ? [...blockParameters(config, stage), ...embedding] : stage.layout;
  return stage.adapters === undefined ? { fixed: [], trained: read } : { fixed: read, trained: stage.trained };
}

/** Parameters that the head reads: those of the last norm, and the output matrix. No adapter stands at them. */
export function headParameters(config: ModelConfig, first: Stage): ReadParameters {
  const { finalNorm } = NAMES[config.architecture];
  const matrix = resolveModel(config).tied ? tableOf(config) : OUTPUT;
  const read = first.layout.filter(({ name }) => name === matrix || name.startsWith(`${finalNorm}.`));
  return first.adapters === undefined ? { fixed: [], trained: read } : { fixed: read, trained: [] };
}

/** The table that embedding and head of a stage both train: the gradient that the head has of it goes into the way back. */
export function sharedTable(config: ModelConfig, stage: Stage): Parameter | undefined {
  const isShared = stage.index === 0 && resolveModel(config).tied && stage.adapters === undefined;
  return isShared ? stage.layout.find(({ name }) => name === tableOf(config)) : undefined;
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
 * tied model that is trained `head.<table>`, the gradient that the head has of it. Outputs: `grad.<name>` for each parameter of the way that
 * is trained; for all but the first stage `returned` float32 (N, D), the gradient by what the stage received.
 * @returns Undefined where nothing is to be found: for a first stage without blocks, beside adapters.
 */
export function stageBackwardGraph(config: ModelConfig, stage: Stage, options: StageOptions): Graph | undefined {
  const { inputs, trained, fed, received, given } = passage(config, stage, options);
  const layout = passageParameters(config, stage).trained;
  const cotangent = activation("cotangent", config, options.batch);
  const changed = trained.filter((_, index) => layout[index]?.frozen === false);
  const wanted = received === undefined ? changed : [received, ...changed];
  if (wanted.length === 0) return undefined;
  const found = new Map(pullback(given, cotangent, wanted).map((gradient, index) => [wanted[index]!, gradient]));
  const returned = received && found.get(received);
  // In the order of the way there, as in `trainingGraph`; what is returned stands before all parameters.
  const outputs: Record<string, Tensor> = { ...(returned && { returned }) };
  const extra: Tensor[] = [];
  const shared = sharedTable(config, stage);
  for (const index of readingOrder(given, trained)) {
    const { name, shape } = layout[index]!;
    const gradient = found.get(trained[index]!) ?? expand(scalar(0), shape);
    if (name === shared?.name) {
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
 * `trainingGraph` has them; `grad.<name>` for each parameter of the head that is trained; `returned` float32 (N, D), the gradient by what was
 * received.
 */
export function headGraph(config: ModelConfig, first: Stage, batch: number, what: "loss" | "gradients"): Graph {
  const read = headParameters(config, first);
  const { inputs, parameters, weights } = fedParameters(config, first, read);
  const received = activation("received", config, batch);
  const { tokens, targets } = batchInputs(config, batch);
  const { finished } = decoderParts(config, weights, { tokens, attend: (_, query) => query });
  const { lossSum, targetCount } = headLoss(config, weights, finished(received), targets);
  const outputs: Record<string, Tensor> = { loss_sum: lossSum, target_count: targetCount };
  if (what === "gradients") {
    const [returned = received, ...found] = gradients(lossSum, [received, ...parameters]);
    outputs["returned"] = returned;
    read.trained.forEach(({ name }, index) => (outputs[`grad.${name}`] = found[index] ?? lossSum));
  }
  return { model: onnxModel({ name: "head", inputs: [...inputs, received, targets], outputs }) };
}
