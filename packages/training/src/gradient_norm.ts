import { splitPoint, type VectorMemory } from "@millrace/collective";
import { squareSum } from "@millrace/tensor";
import type { Parameter } from "@millrace/transformer";

/** Most elements of a block; fixed, for the sum depends on it. */
const BLOCK = 65_536;

/** A stretch of one parameter. */
export interface Block {
  readonly name: string;
  /** Elements of the flat vector, start <= i < end. */
  readonly start: number;
  readonly end: number;
}

/** Cuts each parameter into blocks of 64 Ki elements. They are the same wherever the parameter lies, also in a vector of a part of the model. */
export function blocksOf(layout: readonly Parameter[]): Block[] {
  return layout.flatMap(({ name, offset, size }) =>
    Array.from({ length: Math.ceil(size / BLOCK) }, (_, index) => ({
      name,
      start: offset + index * BLOCK,
      end: offset + Math.min(size, (index + 1) * BLOCK),
    })),
  );
}

/** Adds the sums of all blocks of a model along the fixed binary tree, the same bits wherever it is done; NaN or infinite if an element was. */
export function sumOfBlocks(squares: Float64Array): number {
  const sum = (start: number, end: number): number => {
    if (end - start === 1) return squares[start]!;
    const middle = splitPoint(start, end);
    return sum(start, middle) + sum(middle, end);
  };
  return squares.length === 0 ? 0 : sum(0, squares.length);
}

/** Sums squares of vectors. */
export interface SquareSums {
  /** Sum of squares of each block, in float64, every fourth element together. */
  ofBlocks(blocks: readonly Block[], vector: Float32Array): Float64Array;
  /** Sum of squares of a flat vector. */
  ofAll(layout: readonly Parameter[], vector: Float32Array): number;
}

/**
 * Opens the sums.
 * @param vectorMemory Where vectors are read fastest.
 */
export function openSquareSums(vectorMemory: VectorMemory): SquareSums {
  const imports = { vectors: { memory: vectorMemory.memory } };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(squareSum()), imports);
  const sum = exports["run"] as (first: number, whole: number, end: number) => number;
  let copy: Float32Array | undefined;
  const blockSum = (block: Float32Array): number => {
    let place = block;
    if (!vectorMemory.holds(block)) {
      place = copy ??= vectorMemory.take(BLOCK);
      place.set(block);
    }
    const { byteOffset: first } = place;
    return sum(first, first + 4 * (block.length - (block.length % 4)), first + 4 * block.length);
  };
  const ofBlocks: SquareSums["ofBlocks"] = (blocks, vector) =>
    Float64Array.from(blocks, ({ start, end }) => blockSum(vector.subarray(start, end)));
  return { ofBlocks, ofAll: (layout, vector) => sumOfBlocks(ofBlocks(blocksOf(layout), vector)) };
}
