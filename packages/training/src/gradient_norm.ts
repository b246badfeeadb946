import { splitPoint } from "@millrace/collective";

/** Elements of a block; fixed, for the sum depends on it. */
const BLOCK = 65_536;

/**
 * Sum of squares of a vector, the same bits wherever it is computed: blocks of 64 Ki elements are summed in
 * float64, every fourth element together, and the blocks along the fixed binary tree.
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

/** Four sums side by side, because one alone waits for each of its additions to end before the next. */
function blockSum(vector: Float32Array, start: number, end: number): number {
  const block = vector.subarray(start, end);
  const whole = block.length - (block.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += block[i]! * block[i]!;
    b += block[i + 1]! * block[i + 1]!;
    c += block[i + 2]! * block[i + 2]!;
    d += block[i + 3]! * block[i + 3]!;
  }
  for (let i = whole; i < block.length; i++) a += block[i]! * block[i]!;
  return a + b + (c + d);
}
