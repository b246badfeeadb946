import { splitPoint } from "@millrace/collective";
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

/** Sum of squares of each block, in float64, every fourth element together. */
export function squaresOf(blocks: readonly Block[], vector: Float32Array): Float64Array {
  const squares = new Float64Array(blocks.length);
  blocks.forEach(({ start, end }, index) => (squares[index] = blockSum(vector, start, end)));
  return squares;
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

/** Sum of squares of a flat vector. */
export function sumOfSquares(layout: readonly Parameter[], vector: Float32Array): number {
  return sumOfBlocks(squaresOf(blocksOf(layout), vector));
}

/** Four sums side by side, because one alone waits for each of its additions to end before the next. */
function blockSum(vector: Float32Array, start: number, end: number): number {
  const whole = end - ((end - start) % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = start; i < whole; i += 4) {
    a += vector[i]! * vector[i]!;
    b += vector[i + 1]! * vector[i + 1]!;
    c += vector[i + 2]! * vector[i + 2]!;
    d += vector[i + 3]! * vector[i + 3]!;
  }
  for (let i = whole; i < end; i++) a += vector[i]! * vector[i]!;
  return a + b + (c + d);
}
