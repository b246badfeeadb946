import { splitPoint } from "@millrace/collective";

/** Elements of a block; fixed, for the sum depends on it. */
const BLOCK = 65_536;

/**
 * Sum of squares of a vector, the same bits wherever it is computed: blocks of 64 Ki elements are summed one element after
 * another in float64, and the blocks along the fixed binary tree.
 * @returns The sum; NaN or infinite if an element is.
 */
export function sumOfSquares(vector: Float32Array): number {
  const blocks = Math.ceil(vector.length / BLOCK);
  const sum = (start: number, end: number): number => {
    if (end - start === 1) return blockSum(vector, start * BLOCK, Math.min(vector.length, end * BLOCK));
    const middle = splitPoint(start, end);
    return sum(start, middle) + sum(middle, end);
  };
  return blocks === 0 ? 0 : sum(0, blocks);
}

function blockSum(vector: Float32Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) {
    const value = vector[i]!;
    sum += value * value;
  }
  return sum;
}
