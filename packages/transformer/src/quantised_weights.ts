import {
  add,
  constant,
  quantisedConstant,
  quantisedGather,
  type QuantisedMatrix,
  quantisedProduct,
  quantiseRows,
  type Tensor,
} from "@millrace/tensor";
import type { ModelConfig } from "./config.ts";
import { NAMES, OUTPUT, POSITIONS } from "./names.ts";
import { parameterLayout } from "./parameter_layout.ts";
import { checkVector, keepsOutputsFirst, known, type Weights } from "./weights.ts";

/**
 * Puts a model's matrices into a graph in 8 bits, one scale for 32 elements of a column (of a row of the token embedding), and what is
 * left in float32. The token embedding stands there once, for reading and for the output of a tied model. The position table stays in
 * float32: it is small, and read by addition.
 * @param parameters The flat vector, as `parameterLayout` describes it.
 * @throws {RangeError} If the vector's length does not fit the configuration, or a parameter is not finite.
 */
export function quantisedWeights(config: ModelConfig, parameters: Float32Array): Weights {
  checkVector(config, parameters);
  const plain = new Map<string, Tensor>();
  const matrices = new Map<string, QuantisedMatrix>();
  const tables = [NAMES[config.architecture].embedding, OUTPUT];
  for (const { name, shape, offset, size } of parameterLayout(config)) {
    const data = parameters.subarray(offset, offset + size);
    const [rows = 0, columns = 0] = shape;
    if (shape.length < 2 || name === POSITIONS) plain.set(name, constant(data, shape, name));
    else if (tables.includes(name) || keepsOutputsFirst(config)) {
      matrices.set(name, quantisedConstant(quantiseRows(data, rows, columns), name));
    } else matrices.set(name, quantisedConstant(quantiseRows(transposed(data, rows, columns), columns, rows), name));
  }
  return {
    plain: (name) => known(plain, name),
    linear(x, name) {
      const product = quantisedProduct(x, known(matrices, `${name}.weight`));
      const bias = plain.get(`${name}.bias`);
      return bias === undefined ? product : add(product, bias);
    },
    rows: (name, ids) => quantisedGather(known(matrices, name), ids),
    scores: (x, name) => quantisedProduct(x, known(matrices, name)),
  };
}

function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = data[row * columns + column]!;
  }
  return result;
}
