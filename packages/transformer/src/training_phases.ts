/** The training graph in phases: gradients of the last blocks are there, and can travel, while those of the first are computed. */
import { inPhases, onnxModel, type Tensor } from "@millrace/tensor";
import type { ModelConfig } from "./config.ts";
import { NAMES, POSITIONS } from "./names.ts";
import { type BatchOptions, type Graph, trainingProgram } from "./training_graph.ts";

/**
 * Writes the graph of one training micro-batch in phases that run one after the other. Together they take and give what `trainingGraph`
 * does, to the same bits; what a phase hands on to later ones is an output `handed.<n>` of it and an input of theirs.
 * @param phases How many, at most one a block: see `phaseOf`.
 * @throws {RangeError} If the configuration or the batch is not valid, or there are more phases than blocks.
 */
export function trainingPhases(config: ModelConfig, options: BatchOptions, phases: number): readonly Graph[] {
  const { layers } = config;
  if (phases > layers) {
    throw new RangeError(`training in phases: found ${phases} phases of ${layers} blocks, wanted ${layers} at most`);
  }
  const { dialect = "onnxruntime" } = options;
  const groups = Array.from({ length: phases }, (): Record<string, Tensor> => ({}));
  for (const [name, tensor] of Object.entries(trainingProgram(config, options).outputs)) {
    groups[phaseOf(config, name, phases)]![name] = tensor;
  }
  return inPhases(groups).map(({ inputs, outputs }, phase) => ({
    model: onnxModel({ name: `training_${phase}`, inputs, outputs, dialect }),
  }));
}

/**
 * The phase that finishes the gradient of a parameter: the way back comes through the last block first. Embeddings are in the last phase, what
 * stands behind the blocks in the first.
 * @param name Of the parameter, or one that contains it.
 */
export function phaseOf({ architecture, layers }: ModelConfig, name: string, phases: number): number {
  const names = NAMES[architecture];
  const prefixes = Array.from({ length: layers }, (_, layer) => `${names.block(layer)}.`);
  const block = prefixes.findIndex((prefix) => name.includes(prefix));
  if (block >= 0) return Math.floor(((layers - 1 - block) * phases) / layers);
  return [names.embedding, POSITIONS].some((each) => name.includes(each)) ? phases - 1 : 0;
}
