/** Sums and means over axes. Reduced axes stay, with extent 1. */
import { integers, operation, type OperationName, type Tensor } from "../graph.ts";
import { axisIndex, sameShape, type Shape } from "../shape.ts";
import { reshape } from "./layout.ts";

/** Sum over the given axes, which stay with extent 1. */
export function reduceSum(x: Tensor, axes: readonly number[]): Tensor {
  return reduce("ReduceSum", x, axes);
}

/** Mean over the given axes, which stay with extent 1. */
export function reduceMean(x: Tensor, axes: readonly number[]): Tensor {
  return reduce("ReduceMean", x, axes);
}

/** Undoes a broadcast: sums `x` over the axes along which `shape` was stretched to become the shape of `x`. */
export function sumToShape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((dimension, axis) =>
    axis < lead || (shape[axis - lead] === 1 && dimension !== 1) ? [axis] : [],
  );
  if (axes.length === 0) return reshape(x, shape);
  const isLeading = axes.length === lead && axes.every((axis) => axis < lead);
  return isLeading ? reduce("ReduceSum", x, axes, false) : reshape(reduceSum(x, axes), shape);
}

/** @param keeps Whether reduced axes stay. */
function reduce(op: OperationName, x: Tensor, axes: readonly number[], keeps = true): Tensor {
  const indices = axes.map((axis) => axisIndex(axis, x.shape.length, op));
  const shape = x.shape.flatMap((dimension, axis) => (indices.includes(axis) ? (keeps ? [1] : []) : [dimension]));
  return operation(op, [x, integers(indices)], { type: x.type, shape }, { keepdims: { int: Number(keeps) } });
}
