/**
 * Where each parameter lies in the one flat float32 vector that holds a model. Names and axes are those of the checkpoints of its class in
 * Hugging Face's transformers, so a checkpoint needs no renaming.
 */
import { type ModelConfig, type ResolvedModel, resolveModel } from "./config.ts";
import { NAMES, OUTPUT, POSITIONS } from "./names.ts";

/** One parameter of a model. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** First element in the flat vector; a multiple of 16. */
  readonly offset: number;
  /** Number of elements. */
  readonly size: number;
  /** Whether its gradient is always zero: a table of sinusoidal positions. */
  readonly frozen: boolean;
}

// 64 bytes: a cache line, and the widest vector register.
const ALIGNMENT = 16;

/**
 * Lists the parameters in the order in which they lie in the flat vector: by name, in code unit order. The gaps that
 * alignment leaves belong to no parameter and must stay zero.
 * @throws {RangeError} If the configuration is not valid.
 */
export function parameterLayout(config: ModelConfig): readonly Parameter[] {
  const model = resolveModel(config);
  const isSinusoidal = model.positions === "sinusoidal";
  return layoutOf(parameterShapes(model), (name) => isSinusoidal && name === POSITIONS);
}

/** Puts tensors one behind the other by name, each at a multiple of 16. */
export function layoutOf(shapes: Shapes, isFrozen: (name: string) => boolean = () => false): readonly Parameter[] {
  let offset = 0;
  return Object.keys(shapes)
    .sort()
    .map((name) => {
      const shape = shapes[name] ?? [];
      const size = shape.reduce((product, extent) => product * extent, 1);
      const parameter = { name, shape, offset, size, frozen: isFrozen(name) };
      offset = aligned(offset + size);
      return parameter;
    });
}

/** Length of the flat vector in elements, gaps included; a multiple of 16. */
export function parameterVectorSize(config: ModelConfig): number {
  return vectorSize(parameterLayout(config));
}

/** Length of the flat vector of a layout. */
export function vectorSize(layout: readonly Parameter[]): number {
  const last = layout.at(-1);
  return last === undefined ? 0 : aligned(last.offset + last.size);
}

/** Number of parameters, gaps excluded: the size that people quote. */
export function parameterCount(config: ModelConfig): number {
  return parameterLayout(config).reduce((count, { size }) => count + size, 0);
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

type Shapes = Record<string, readonly number[]>;

function parameterShapes(model: ResolvedModel): Shapes {
  const { architecture, layers, vocabularySize, width, tied } = model;
  const names = NAMES[architecture];
  const shapes: Shapes = {
    [names.embedding]: [vocabularySize, width],
    [`${names.finalNorm}.weight`]: [width],
  };
  if (architecture === "gpt2") {
    shapes[`${names.finalNorm}.bias`] = [width];
    shapes[POSITIONS] = [model.contextLength, width];
  }
  if (!tied) shapes[OUTPUT] = [vocabularySize, width];
  const block = architecture === "gpt2" ? gpt2Block(model) : llamaBlock(model);
  for (let layer = 0; layer < layers; layer++) {
    for (const [name, shape] of Object.entries(block)) shapes[`${names.block(layer)}.${name}`] = shape;
  }
  return shapes;
}

/** Matrices are [in, out], as GPT-2's Conv1D keeps them. */
function gpt2Block({ width, innerWidth }: ResolvedModel): Shapes {
  return {
    "ln_1.weight": [width],
    "ln_1.bias": [width],
    "attn.c_attn.weight": [width, 3 * width],
    "attn.c_attn.bias": [3 * width],
    "attn.c_proj.weight": [width, width],
    "attn.c_proj.bias": [width],
    "ln_2.weight": [width],
    "ln_2.bias": [width],
    "mlp.c_fc.weight": [width, innerWidth],
    "mlp.c_fc.bias": [innerWidth],
    "mlp.c_proj.weight": [innerWidth, width],
    "mlp.c_proj.bias": [width],
  };
}

/** Matrices are [out, in], as PyTorch's Linear keeps them. */
function llamaBlock(model: ResolvedModel): Shapes {
  const { width, innerWidth, heads, keyValueHeads, headWidth, attentionBias, mlpBias } = model;
  const projections: readonly (readonly [name: string, outputs: number, inputs: number, hasBias: boolean])[] = [
    ["self_attn.q_proj", heads * headWidth, width, attentionBias],
    ["self_attn.k_proj", keyValueHeads * headWidth, width, attentionBias],
    ["self_attn.v_proj", keyValueHeads * headWidth, width, attentionBias],
    ["self_attn.o_proj", width, heads * headWidth, attentionBias],
    ["mlp.gate_proj", innerWidth, width, mlpBias],
    ["mlp.up_proj", innerWidth, width, mlpBias],
    ["mlp.down_proj", width, innerWidth, mlpBias],
  ];
  const shapes: Shapes = { "input_layernorm.weight": [width], "post_attention_layernorm.weight": [width] };
  for (const [name, outputs, inputs, hasBias] of projections) {
    shapes[`${name}.weight`] = [outputs, inputs];
    if (hasBias) shapes[`${name}.bias`] = [outputs];
  }
  return shapes;
}
