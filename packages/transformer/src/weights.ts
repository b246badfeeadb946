/** How the definition of the model reads its parameters: the same blocks run on float32 inputs, float32 constants or 8-bit constants. */
import {
  add,
  concat,
  constant,
  type Dialect,
  gather,
  gemm,
  input,
  matmul,
  reshape,
  split,
  type Tensor,
} from "@millrace/tensor";
import type { ModelConfig } from "./config.ts";
import { HIDDEN } from "./hidden.ts";
import { type Parameter, parameterLayout, vectorSize } from "./parameter_layout.ts";

/** Columns that a vocabulary's scores come in where they are filled up. */
const COLUMNS = 64;

/** Parameters of a graph, by their names in the layout. */
export interface Weights {
  /** A parameter as it is, float32: biases, layer norms, positions. */
  plain(name: string): Tensor;
  /** x (N, in) or (B, T, in) times the projection `<name>.weight`, plus `<name>.bias` where the layout has it. */
  linear(x: Tensor, name: string): Tensor;
  /** The rows of a table (V, D) that `ids` names. */
  rows(name: string, ids: Tensor): Tensor;
  /** x (N, D) or (B, T, D) times the transpose of a table (V, D). Further columns may follow, whose probability is 0. */
  scores(x: Tensor, name: string): Tensor;
}

/** Parameters that a graph is fed with. */
export interface FedParameters {
  readonly inputs: readonly Tensor[];
  /** Every parameter, in the order of the layout. */
  readonly parameters: readonly Tensor[];
  readonly weights: Weights;
}

/**
 * Declares parameters as inputs of a graph.
 * @param layout Those that the graph reads; default all.
 */
export function parameterInputs(config: ModelConfig, layout = parameterLayout(config)): FedParameters {
  const inputs = layout.map(({ name, shape }) => input(name, "float32", shape));
  return { inputs, parameters: inputs, weights: named(config, layout, inputs) };
}

/**
 * Declares the flat vector as the one input of a graph, and cuts it up.
 * @param name Of the input.
 */
export function parameterVector(config: ModelConfig, dialect: Dialect, name = "parameters"): FedParameters {
  const layout = parameterLayout(config);
  const { vector, tensors } = cutVector(name, layout);
  const weights = named(config, layout, tensors);
  const scores = (x: Tensor, table: string): Tensor => filledScores(x, weights.plain(table));
  return { inputs: [vector], parameters: tensors, weights: dialect === "webgpu" ? { ...weights, scores } : weights };
}

/** Declares a flat vector as an input, and cuts it up into the tensors of a layout. */
export function cutVector(
  name: string,
  layout: readonly Parameter[],
): { readonly vector: Tensor; readonly tensors: readonly Tensor[] } {
  const pieces = piecesOf(layout);
  const vector = input(name, "float32", [vectorSize(layout)]);
  const sizes = pieces.map(({ size }) => size);
  const tensors = split(vector, 0, sizes).flatMap((piece, index) => {
    const shape = pieces[index]?.shape;
    return shape === undefined ? [] : [reshape(piece, shape)];
  });
  return { vector, tensors };
}

/**
 * x (N, D) times the transpose of a table (V, D), with columns after the last one up to a multiple of 64, which are hidden. The WebGPU
 * provider takes less than half the time for the products of a vocabulary of 50304 that it takes for those of 50257.
 */
function filledScores(x: Tensor, table: Tensor): Tensor {
  const [rows = 0, width = 0] = table.shape.map(Number);
  const missing = (COLUMNS - (rows % COLUMNS)) % COLUMNS;
  if (missing === 0) return gemm(x, table, undefined, { transposeB: true });
  const filled = concat([table, constant(new Float32Array(missing * width), [missing, width])], 0);
  const hidden = new Float32Array(rows + missing).fill(HIDDEN, rows);
  return gemm(x, filled, constant(hidden, [rows + missing]), { transposeB: true });
}

/** Joins one tensor for each parameter of a layout to a flat vector, with zeros in the gaps. */
export function joinedVector(layout: readonly Parameter[], tensors: readonly Tensor[]): Tensor {
  const left = [...tensors];
  const pieces = piecesOf(layout).map(({ size, shape }) => {
    const tensor = shape === undefined ? undefined : left.shift();
    return tensor === undefined ? constant(new Float32Array(size), [size]) : reshape(tensor, [size]);
  });
  return concat(pieces, 0);
}

/** What the flat vector is made of: parameters, and gaps, which have no shape. */
function piecesOf(layout: readonly Parameter[]): { readonly size: number; readonly shape?: readonly number[] }[] {
  return layout.flatMap(({ offset, size, shape }, index) => {
    const gap = (layout[index + 1]?.offset ?? vectorSize(layout)) - offset - size;
    return [{ size, shape }, ...(gap === 0 ? [] : [{ size: gap }])];
  });
}

function named(config: ModelConfig, layout: readonly Parameter[], parameters: readonly Tensor[]): Weights {
  return floatWeights(config, new Map(layout.map(({ name }, index) => [name, parameters[index]!])));
}

/**
 * Puts every parameter into a graph, as an initializer under its name.
 * @param parameters The flat vector, as `parameterLayout` describes it; read when the graph is written.
 * @throws {RangeError} If the vector's length does not fit the configuration.
 */
export function parameterConstants(config: ModelConfig, parameters: Float32Array): Weights {
  checkVector(config, parameters);
  return floatWeights(
    config,
    new Map(
      parameterLayout(config).map(({ name, shape, offset, size }) => [
        name,
        constant(parameters.subarray(offset, offset + size), shape, name),
      ]),
    ),
  );
}

/** @throws {RangeError} If the vector's length does not fit the configuration. */
export function checkVector(config: ModelConfig, parameters: Float32Array): void {
  const wanted = vectorSize(parameterLayout(config));
  if (parameters.length === wanted) return;
  throw new RangeError(
    `writing a graph: found ${parameters.length} parameters, wanted ${wanted} for this configuration`,
  );
}

/** Fails for a parameter that the layout does not have. */
export function known<Value>(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new RangeError(`transformer: found no parameter "${name}"`);
  return value;
}

/** Whether projections are kept as [out, in]; otherwise they are [in, out]. Tables are rows of D in any family. */
export function keepsOutputsFirst({ architecture }: ModelConfig): boolean {
  return architecture === "llama";
}

function floatWeights(config: ModelConfig, tensors: ReadonlyMap<string, Tensor>): Weights {
  const reading = keepsOutputsFirst(config) ? { transposeB: true } : {};
  return {
    plain: (name) => known(tensors, name),
    linear(x, name) {
      const weight = known(tensors, `${name}.weight`);
      const bias = tensors.get(`${name}.bias`);
      if (x.shape.length === 2) return gemm(x, weight, bias, reading);
      const product = matmul(x, weight, reading);
      return bias === undefined ? product : add(product, bias);
    },
    rows: (name, ids) => gather(known(tensors, name), ids),
    scores(x, name) {
      const table = known(tensors, name);
      if (x.shape.length === 2) return gemm(x, table, undefined, { transposeB: true });
      return matmul(x, table, { transposeB: true });
    },
  };
}
