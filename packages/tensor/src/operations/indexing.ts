/** Reading and writing at computed places. */
import { constant, operation, type Tensor } from "../graph.ts";
import { axisIndex, formatShape, sameShape } from "../shape.ts";

/**
 * Takes the rows of `table` that `indices` names.
 * @param table Shape (V, ...).
 * @param indices Integers in [0, V), any shape (...I); a value outside makes the run fail.
 * @returns Shape (...I, ...).
 */
export function gather(table: Tensor, indices: Tensor): Tensor {
  const shape = [...indices.shape, ...table.shape.slice(1)];
  return operation("Gather", [table, indices], { type: table.type, shape }, { axis: { int: 0 } });
}

/**
 * Adds `updates` into a copy of `data`: along `axis`, each update goes to the place its index names; along other axes
 * it keeps its own place. The kernel is serial, hence right at any thread count even when an index repeats (ONNX Runtime's faster
 * ScatterND is not).
 * @param indices Same shape as `updates`.
 */
export function scatterAdd(data: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor {
  if (!sameShape(indices.shape, updates.shape)) {
    throw new RangeError(
      `ScatterElements: found indices ${formatShape(indices.shape)} for updates ${formatShape(updates.shape)}, wanted one shape`,
    );
  }
  return operation(
    "ScatterElements",
    [data, indices, updates],
    { type: data.type, shape: data.shape },
    { axis: { int: axisIndex(axis, data.shape.length, "ScatterElements") }, reduction: { string: "add" } },
  );
}

/**
 * The integers from `start` up to, not including, `limit`.
 * @param start int64 scalar.
 * @param limit int64 scalar.
 * @param extent Name of the resulting extent.
 */
export function range(start: Tensor, limit: Tensor, extent: string): Tensor {
  const step = constant(BigInt64Array.of(1n), []);
  return operation("Range", [start, limit, step], { type: "int64", shape: [extent] });
}
