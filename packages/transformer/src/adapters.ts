/**
 * Low-rank adapters: beside a projection W of a frozen model stands a product B A of two narrow matrices, and only they are trained.
 * Names and axes are those of Hugging Face's PEFT, so that its checkpoints are ours.
 * Legend: r rank; A has shape (r, in), B has shape (out, r); a projection adds x A^T B^T alpha / r to its result.
 * @see Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models".
 */
import { add, type Dialect, gemm, input, mul, scalar, type Tensor } from "@millrace/tensor";
import type { ModelConfig } from "./config.ts";
import { normalNumbers } from "./initial_parameters.ts";
import { NAMES } from "./names.ts";
import { layoutOf, parameterLayout, type Parameter, vectorSize } from "./parameter_layout.ts";
import {
  cutVector,
  type FedParameters,
  keepsOutputsFirst,
  known,
  parameterInputs,
  parameterVector,
  type Weights,
} from "./weights.ts";

/** Parts of a block whose projections get adapters. */
export const ADAPTER_TARGETS = ["attention", "feedForward"] as const;

export interface AdapterConfig {
  /** r, at least 1. */
  readonly rank: number;
  /** Factor of what adapters add, over r. */
  readonly alpha: number;
  /** At least one. */
  readonly targets: readonly (typeof ADAPTER_TARGETS)[number][];
}

const MODULES = {
  gpt2: { attention: ["attn.c_attn", "attn.c_proj"], feedForward: ["mlp.c_fc", "mlp.c_proj"] },
  llama: {
    attention: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"],
    feedForward: ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"],
  },
} as const;
/** What PEFT writes before the name of a module: its model holds ours as `base_model.model`. */
const PREFIX = "base_model.model.";

/** A projection with its adapter. */
interface Adapted {
  /** Its name without `.weight`. */
  readonly module: string;
  readonly inputs: number;
  readonly outputs: number;
}

/** Blocks start <= layer < end. */
interface Blocks {
  readonly start: number;
  readonly end: number;
}

function adapted(
  config: ModelConfig,
  { rank, targets }: AdapterConfig,
  { start, end }: Blocks = { start: 0, end: config.layers },
): Adapted[] {
  if (!Number.isSafeInteger(rank) || rank < 1)
    throw new RangeError(`adapters: found rank ${rank}, wanted a positive integer`);
  const { architecture } = config;
  const shapes = new Map(parameterLayout(config).map(({ name, shape }) => [name, shape]));
  const endings = ADAPTER_TARGETS.filter((target) => targets.includes(target)).flatMap(
    (target) => MODULES[architecture][target],
  );
  return Array.from({ length: end - start }, (_, index) =>
    endings.map((ending): Adapted => {
      const module = `${NAMES[architecture].block(start + index)}.${ending}`;
      const [rows = 0, columns = 0] = known(shapes, `${module}.weight`);
      return keepsOutputsFirst(config)
        ? { module, inputs: columns, outputs: rows }
        : { module, inputs: rows, outputs: columns };
    }),
  ).flat();
}

/**
 * Lists the matrices of the adapters as they lie in a flat vector of their own.
 * @param blocks Whose adapters; default all.
 * @throws {RangeError} If the rank is no positive integer.
 */
export function adapterLayout(config: ModelConfig, adapters: AdapterConfig, blocks?: Blocks): readonly Parameter[] {
  const shapes = adapted(config, adapters, blocks).flatMap(({ module, inputs, outputs }) => [
    [nameOf(module, "A"), [adapters.rank, inputs]] as const,
    [nameOf(module, "B"), [outputs, adapters.rank]] as const,
  ]);
  return layoutOf(Object.fromEntries(shapes));
}

/** Lists what a training changes: the adapters where there are some, else the parameters. */
export function trainedLayout(config: ModelConfig, adapters: AdapterConfig | undefined): readonly Parameter[] {
  return adapters === undefined ? parameterLayout(config) : adapterLayout(config, adapters);
}

/** Number of the adapters' elements. */
export function adapterCount(config: ModelConfig, adapters: AdapterConfig): number {
  return adapterLayout(config, adapters).reduce((count, { size }) => count + size, 0);
}

/** Last parts of the names of the modules that have adapters, as `target_modules` of PEFT has them. */
export function adapterModules({ architecture }: ModelConfig, { targets }: AdapterConfig): string[] {
  const endings = ADAPTER_TARGETS.filter((target) => targets.includes(target)).flatMap(
    (target) => MODULES[architecture][target],
  );
  return endings
    .map((ending) => ending.slice(ending.indexOf(".") + 1))
    .filter((name, at, all) => all.indexOf(name) === at);
}

function nameOf(module: string, matrix: "A" | "B"): string {
  return `${PREFIX}${module}.lora_${matrix}.weight`;
}

/**
 * Makes the adapters of a training's beginning: A is normal with variance 1 / (3 in), as PEFT's uniform one; B is zero, so that the
 * model is still the frozen one. The same seed gives the same bytes everywhere.
 * @param layout Where those that are wanted lie in the vector; default all. What an adapter begins with does not depend on it.
 */
export function initialAdapters(
  config: ModelConfig,
  adapters: AdapterConfig,
  seed: number,
  layout = adapterLayout(config, adapters),
): Float32Array {
  const vector = new Float32Array(vectorSize(layout));
  const counters = new Map(adapterLayout(config, adapters).map(({ name, offset }) => [name, offset]));
  const normal = normalNumbers(seed);
  for (const { name, shape, offset, size } of layout) {
    if (!name.endsWith("lora_A.weight")) continue;
    const first = known(counters, name);
    const deviation = 1 / Math.sqrt(3 * (shape[1] ?? 1));
    for (let index = 0; index < size; index++) vector[offset + index] = deviation * normal(first + index);
  }
  return vector;
}

/**
 * Declares the parameters as inputs of a graph, and after them the adapters, which are what is trained.
 * @param fixed Parameters that the graph reads; default all.
 * @param layout Adapters that it reads; default all.
 */
export function adaptedParameters(
  config: ModelConfig,
  adapters: AdapterConfig,
  fixed = parameterLayout(config),
  layout = adapterLayout(config, adapters),
): FedParameters {
  const { inputs, weights } = parameterInputs(config, fixed);
  const parameters = layout.map(({ name, shape }) => input(name, "float32", shape));
  return { inputs: [...inputs, ...parameters], parameters, weights: adapting(weights, adapters, layout, parameters) };
}

/** The same over two flat vectors: the input `frozen`, which holds the model, and `parameters`, which holds the adapters. */
export function adaptedVectors(config: ModelConfig, adapters: AdapterConfig, dialect: Dialect): FedParameters {
  const { inputs, weights } = parameterVector(config, dialect, "frozen");
  const layout = adapterLayout(config, adapters);
  const { vector, tensors } = cutVector("parameters", layout);
  return { inputs: [...inputs, vector], parameters: tensors, weights: adapting(weights, adapters, layout, tensors) };
}

/** Adds what adapters give to the projections that have one. */
function adapting(
  weights: Weights,
  { alpha, rank }: AdapterConfig,
  layout: readonly Parameter[],
  parameters: readonly Tensor[],
): Weights {
  const tensors = new Map(layout.map(({ name }, index) => [name, parameters[index]!]));
  const scale = scalar(alpha / rank);
  return {
    ...weights,
    linear(x, name) {
      const down = tensors.get(nameOf(name, "A"));
      const result = weights.linear(x, name);
      if (down === undefined) return result;
      const narrow = mul(gemm(x, down, undefined, { transposeB: true }), scale);
      return add(result, gemm(narrow, known(tensors, nameOf(name, "B")), undefined, { transposeB: true }));
    },
  };
}

/**
 * Adds B A alpha / r to each projection, in float64 and rounded once: the same bytes on every machine.
 * @param parameters Flat vector of the frozen model; changed.
 * @param vector Of the adapters.
 * @param pause Awaited after each projection: the place to let others run.
 */
export async function mergeAdapters(
  config: ModelConfig,
  adapters: AdapterConfig,
  parameters: Float32Array,
  vector: Float32Array,
  pause: () => Promise<void>,
): Promise<void> {
  const places = new Map(
    [...parameterLayout(config), ...adapterLayout(config, adapters)].map((one) => [one.name, one]),
  );
  const of = (whole: Float32Array, name: string): Float32Array => {
    const { offset, size } = known(places, name);
    return whole.subarray(offset, offset + size);
  };
  const { rank, alpha } = adapters;
  const isOutputsFirst = keepsOutputsFirst(config);
  for (const { module, inputs, outputs } of adapted(config, adapters)) {
    const weight = of(parameters, `${module}.weight`);
    const [a, b] = [of(vector, nameOf(module, "A")), of(vector, nameOf(module, "B"))];
    const row = new Float64Array(inputs);
    for (let output = 0; output < outputs; output++) {
      row.fill(0);
      for (let r = 0; r < rank; r++) {
        const factor = b[output * rank + r]!;
        for (let i = 0; i < inputs; i++) row[i]! += factor * a[r * inputs + i]!;
      }
      for (let i = 0; i < inputs; i++) {
        weight[isOutputsFirst ? output * inputs + i : i * outputs + output]! += (row[i]! * alpha) / rank;
      }
    }
    await pause();
  }
}
