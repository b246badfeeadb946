/** Operations that move, cut and join elements without computing on them. */
import { integers, operation, operationWithOutputs, type Tensor } from "../graph.ts";
import {
  axisIndex,
  broadcastShapes,
  elementCount,
  formatShape,
  isStatic,
  sameShape,
  type Dimension,
  type Shape,
} from "../shape.ts";

/**
 * Gives the elements other extents, in the same row-major order. Free at run time.
 * @param shape New extents. A symbolic extent must stand at the axis where `x` has it; one other may be new.
 * @throws {RangeError} If the number of elements changes, or the extents cannot be told at run time.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  // ONNX: 0 copies the extent of the operand at the same axis, -1 is whatever is left.
  const extents = shape.map((dimension, axis) => {
    if (typeof dimension === "number") return dimension;
    return dimension === x.shape[axis] ? 0 : -1;
  });
  if (extents.filter((extent) => extent === -1).length > 1) {
    throw new RangeError(`Reshape: found two new symbolic extents in ${formatShape(shape)}, wanted one at most`);
  }
  if (isStatic(x.shape) && isStatic(shape) && elementCount(x.shape) !== elementCount(shape)) {
    throw new RangeError(`Reshape: found ${formatShape(x.shape)} and ${formatShape(shape)}, wanted as many elements`);
  }
  return operation("Reshape", [x, integers(extents)], { type: x.type, shape });
}

/**
 * Reorders the axes.
 * @param permutation For each axis of the result, the axis of `x` it comes from.
 * @throws {RangeError} If it is not a permutation of the axes of `x`.
 */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  const shape = permutation.flatMap((axis) => x.shape[axis] ?? []);
  if (shape.length !== x.shape.length || new Set(permutation).size !== shape.length) {
    throw new RangeError(`Transpose: found the permutation ${formatShape(permutation)} for ${formatShape(x.shape)}`);
  }
  return operation("Transpose", [x], { type: x.type, shape }, { perm: { ints: permutation } });
}

/**
 * Cuts a tensor along one axis.
 * @param sizes Extents of the parts along the axis; their sum is the axis' extent.
 */
export function split(x: Tensor, axis: number, sizes: readonly number[]): readonly Tensor[] {
  const at = axisIndex(axis, x.shape.length, "Split");
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (x.shape[at] !== total) {
    throw new RangeError(
      `Split: found parts of ${total} in all, wanted ${x.shape[at]} at axis ${at} of ${formatShape(x.shape)}`,
    );
  }
  const results = sizes.map((size) => ({ type: x.type, shape: x.shape.with(at, size) }));
  return operationWithOutputs("Split", [x, integers(sizes)], results, { axis: { int: at } });
}

/**
 * Takes a stretch of a tensor along one axis. No gradient rule: `split` has one.
 * @param size Elements along the axis, from `start` on.
 */
export function slice(x: Tensor, axis: number, start: number, size: number): Tensor {
  const at = axisIndex(axis, x.shape.length, "Slice");
  const operands = [x, ...[start, start + size, at].map((value) => integers([value]))];
  return operation("Slice", operands, { type: x.type, shape: x.shape.with(at, size) });
}

/**
 * Joins tensors along one axis.
 * @param total Name of the joined extent, needed when a part's is symbolic.
 * @throws {RangeError} If the other extents differ, or the joined extent is symbolic and has no name.
 */
export function concat(parts: readonly Tensor[], axis: number, total?: string): Tensor {
  const [head] = parts;
  if (head === undefined) throw new RangeError("Concat: found no parts, wanted at least one");
  const at = axisIndex(axis, head.shape.length, "Concat");
  let extent: Dimension | undefined = 0;
  for (const part of parts) {
    const size = part.shape[at] ?? 1;
    extent = typeof size === "number" && typeof extent === "number" ? extent + size : total;
    if (!sameShape(part.shape.with(at, 1), head.shape.with(at, 1)) || extent === undefined) {
      throw new RangeError(
        `Concat: cannot join ${parts.map((each) => formatShape(each.shape)).join(", ")} at axis ${at}`,
      );
    }
  }
  return operation("Concat", parts, { type: head.type, shape: head.shape.with(at, extent) }, { axis: { int: at } });
}

/**
 * Repeats a tensor along axes of extent 1 (and new leading axes) up to a static shape.
 * @throws {RangeError} If the shape is not one that `x` broadcasts to.
 */
export function expand(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes(x.shape, shape, "Expand"), shape)) {
    throw new RangeError(`Expand: cannot stretch ${formatShape(x.shape)} to ${formatShape(shape)}`);
  }
  return operation("Expand", [x, integers(shape)], { type: x.type, shape });
}

/** The run-time extents of `x` from axis `start` up to, not including, `end`; int64, one axis. */
export function shapeOf(x: Tensor, start: number, end: number): Tensor {
  return operation("Shape", [x], { type: "int64", shape: [end - start] }, { start: { int: start }, end: { int: end } });
}
