/**
 * Where each parameter lies in the one flat float32 vector that holds a model. Names and axes are those of Hugging Face's GPT-2
 * checkpoints (its Conv1D keeps weights as [in, out]), so a checkpoint needs no renaming.
 */
import { checkModelConfig, type ModelConfig } from "./config.ts";

/** One parameter of a model. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** First element in the flat vector; a multiple of 16. */
  readonly offset: number;
  /** Number of elements. */
  readonly size: number;
  /** Whether weight decay applies: matrices yes, biases and layer norms no. */
  readonly decay: boolean;
}

// 64 bytes: a cache line, and the widest vector register.
const ALIGNMENT = 16;

/**
 * Lists the parameters in the order in which they lie in the flat vector: by name, in code unit order. The gaps that
 * alignment leaves belong to no parameter and must stay zero.
 * @throws {RangeError} If the configuration is not valid.
 */
export function parameterLayout(config: ModelConfig): readonly Parameter[] {
  checkModelConfig(config);
  const shapes = parameterShapes(config);
  let offset = 0;
  return Object.keys(shapes)
    .sort()
    .map((name) => {
      const shape = shapes[name] ?? [];
      const size = shape.reduce((product, extent) => product * extent, 1);
      const parameter = { name, shape, offset, size, decay: shape.length > 1 };
      offset = aligned(offset + size);
      return parameter;
    });
}

/** Length of the flat vector in elements, gaps included; a multiple of 16. */
export function parameterVectorSize(config: ModelConfig): number {
  const last = parameterLayout(config).at(-1);
  return last === undefined ? 0 : aligned(last.offset + last.size);
}

/** Number of parameters, gaps excluded: the size that people quote. */
export function parameterCount(config: ModelConfig): number {
  return parameterLayout(config).reduce((count, { size }) => count + size, 0);
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

function parameterShapes({
  vocabularySize,
  contextLength,
  layers,
  width,
}: ModelConfig): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {
    "transformer.wte.weight": [vocabularySize, width],
    "transformer.wpe.weight": [contextLength, width],
    "transformer.ln_f.weight": [width],
    "transformer.ln_f.bias": [width],
  };
  const block: Record<string, readonly number[]> = {
    "ln_1.weight": [width],
    "ln_1.bias": [width],
    "attn.c_attn.weight": [width, 3 * width],
    "attn.c_attn.bias": [3 * width],
    "attn.c_proj.weight": [width, width],
    "attn.c_proj.bias": [width],
    "ln_2.weight": [width],
    "ln_2.bias": [width],
    "mlp.c_fc.weight": [width, 4 * width],
    "mlp.c_fc.bias": [4 * width],
    "mlp.c_proj.weight": [4 * width, width],
    "mlp.c_proj.bias": [width],
  };
  for (let layer = 0; layer < layers; layer++) {
    for (const [name, shape] of Object.entries(block)) shapes[`transformer.h.${layer}.${name}`] = shape;
  }
  return shapes;
}
