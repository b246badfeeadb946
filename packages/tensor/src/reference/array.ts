/** A row-major array in float64, in which the reference holds every element type (int32 and our int64 values fit exactly). */
export interface ReferenceArray {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

/** Makes an array by computing each element from its place. */
export function build(shape: readonly number[], element: (place: readonly number[]) => number): ReferenceArray {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const data = new Float64Array(count);
  const place = shape.map(() => 0);
  for (let index = 0; index < count; index++) {
    data[index] = element(place);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place[axis] = at(place, axis) + 1;
      if (at(place, axis) < at(shape, axis)) break;
      place[axis] = 0;
    }
  }
  return { data, shape };
}

/** Reads the element at a place; the array is broadcast: leading axes it lacks are skipped, extents of 1 repeat. */
export function read(array: ReferenceArray, place: readonly number[]): number {
  return at(array.data, flatIndex(array.shape, place));
}

/** Row-major index of a (possibly broadcast) place. */
export function flatIndex(shape: readonly number[], place: readonly number[]): number {
  const skipped = place.length - shape.length;
  return shape.reduce((index, extent, axis) => index * extent + (extent === 1 ? 0 : at(place, axis + skipped)), 0);
}

/** Reads an element that must be there. */
export function at(list: ArrayLike<number>, index: number): number {
  const value = list[index];
  if (value === undefined) throw new RangeError(`reference: index ${index} is outside ${list.length} elements`);
  return value;
}
