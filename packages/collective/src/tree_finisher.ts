import type { Addition } from "./tree.ts";
import type { VectorMemory } from "./vector_memory.ts";

/** 64 KiB: what all parts have of a stretch, and the sums between, stay in a core's cache together. */
const STRETCH_FLOATS = 16_384;

/**
 * Creates what finishes the tree over vectors of one length: a stretch of all vectors at a time, so that each is read from memory once and
 * only the result is written back.
 * @returns Additions as of `combineOrder`, the value of each part, and where the sum belongs. The values stay as they are.
 */
export function createTreeFinisher(
  memory: VectorMemory,
): (additions: readonly Addition[], values: readonly Float32Array[], into: Float32Array) => void {
  // Sums of parts while a stretch is being finished.
  const rooms: Float32Array[] = [];

  return (additions, values, into) => {
    if (additions.length === 0) {
      into.set(values[0]!);
      return;
    }
    const last = additions.length - 1;
    for (let start = 0; start < into.length; start += STRETCH_FLOATS) {
      const end = Math.min(into.length, start + STRETCH_FLOATS);
      const sums = new Map<number, Float32Array>();
      const valueOf = (part: number): Float32Array => sums.get(part) ?? values[part]!.subarray(start, end);
      additions.forEach(({ into: left, from: right }, index) => {
        const room = (): Float32Array => (rooms[sums.size] ??= memory.take(STRETCH_FLOATS)).subarray(0, end - start);
        const sum = index === last ? into.subarray(start, end) : (sums.get(left) ?? room());
        memory.add(sum, valueOf(left), valueOf(right));
        sums.set(left, sum);
      });
    }
  };
}
