/** One extent of a tensor: a fixed number of elements, or the name of an extent that is known only at run time. */
export type Dimension = number | string;

/** The extents of a tensor, outermost first; `[]` is a scalar. */
export type Shape = readonly Dimension[];

/** Writes a shape as people read it, such as `[batch, 3, 64]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/**
 * Returns the extents as numbers.
 * @param what Name of the caller's operation, for the error.
 * @throws {RangeError} If an extent is symbolic.
 */
export function staticShape(shape: Shape, what: string): readonly number[] {
  return shape.map((dimension) => {
    if (typeof dimension === "number") return dimension;
    throw new RangeError(`${what}: found the symbolic extent "${dimension}" in ${formatShape(shape)}, wanted numbers`);
  });
}

/** Tells whether every extent is a number. */
export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((dimension) => typeof dimension === "number");
}

/** Counts the elements of a static shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Tells whether two shapes have the same extents. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/**
 * Broadcasts two shapes as ONNX and NumPy do: aligned at the last axis, an extent of 1 stretches.
 * @param what Name of the caller's operation, for the error.
 * @throws {RangeError} If two aligned extents differ and neither is 1.
 */
export function broadcastShapes(a: Shape, b: Shape, what: string): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new RangeError(`${what}: cannot broadcast ${formatShape(a)} with ${formatShape(b)} at axis ${axis}`);
  });
}

/**
 * Turns a possibly negative axis into its index.
 * @throws {RangeError} If the axis is outside the shape.
 */
export function axisIndex(axis: number, rank: number, what: string): number {
  const index = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(index) && index >= 0 && index < rank) return index;
  throw new RangeError(`${what}: found axis ${axis}, wanted an integer from ${-rank} to ${rank - 1}`);
}
