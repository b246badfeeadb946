import { compareCounts } from "./counts.ts";

/**
 * Jensen-Shannon distance of two histograms over the same bins, with natural logarithms: a size of drift, without a
 * statement about chance. Small samples look far apart: two of n and m values from one distribution over B bins are
 * about sqrt((B - 1)(1/n + 1/m) / 8) apart. Empty bins need no smoothing.
 * @param reference Counts, shape (B,); the shorter side is taken to end in empty bins.
 * @param current Counts, shape (B,).
 * @returns In [0, sqrt(ln 2)], which is 0.833.
 * @throws {RangeError} If a count is not a non-negative integer, or a side is empty.
 * @see Endres, Schindelin 2003, "A new metric for probability distributions", IEEE Trans. Inf. Theory 49(7).
 */
export function jensenShannon(reference: readonly number[], current: readonly number[]): number {
  const counts = compareCounts("Jensen-Shannon distance", reference, current);
  let divergence = 0;
  for (let bin = 0; bin < counts.reference.length; bin++) {
    const p = (counts.reference[bin] as number) / counts.referenceTotal;
    const q = (counts.current[bin] as number) / counts.currentTotal;
    const middle = (p + q) / 2;
    if (p > 0) divergence += (p / 2) * Math.log(p / middle);
    if (q > 0) divergence += (q / 2) * Math.log(q / middle);
  }
  // Equal shares can come out just below 0.
  return Math.sqrt(Math.max(0, divergence));
}
