/** Elements between two turns of this process: some thousandths of a second, where the silence of two seconds loses a node. */
const SLICE = 2 ** 20;

/**
 * Looks for the largest absolute value, and lets what else waits in this process go on meanwhile.
 * @returns 0 or more; Infinity or NaN as soon as one is found.
 */
export async function largestNumber(numbers: Float32Array): Promise<number> {
  let most = 0;
  for (let start = 0; start < numbers.length; start += SLICE) {
    const end = Math.min(numbers.length, start + SLICE);
    for (let at = start; at < end; at++) {
      const size = Math.abs(numbers[at]!);
      if (!Number.isFinite(size)) return size;
      if (size > most) most = size;
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  return most;
}
