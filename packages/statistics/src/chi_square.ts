import { compareCounts } from "./counts.ts";
import { chiSquareTail } from "./special_functions.ts";

export interface ChiSquareTest {
  readonly statistic: number;
  /** Bins that are not empty in both, less one. */
  readonly degreesOfFreedom: number;
  /** Probability, without drift, of a statistic at least as great. */
  readonly pValue: number;
}

/**
 * Pearson's chi-square test that two histograms over the same bins are samples of one distribution, without continuity
 * correction. Bins empty in both are left out; with one bin left there is nothing to differ in, and the p value is 1.
 * The p value is an approximation; it wants about five expected counts a bin (Cochran 1954).
 * @param reference Counts, shape (B,); the shorter side is taken to end in empty bins.
 * @param current Counts, shape (B,).
 * @throws {RangeError} If a count is not a non-negative integer, or a side is empty.
 * @see Pearson 1900; NIST Digital Library of Mathematical Functions 8.2 for the tail.
 */
export function chiSquare(reference: readonly number[], current: readonly number[]): ChiSquareTest {
  const counts = compareCounts("chi-square test", reference, current);
  const total = counts.referenceTotal + counts.currentTotal;
  let statistic = 0;
  for (let bin = 0; bin < counts.reference.length; bin++) {
    const [r, c] = [counts.reference[bin] as number, counts.current[bin] as number];
    const expectedR = ((r + c) * counts.referenceTotal) / total;
    const expectedC = ((r + c) * counts.currentTotal) / total;
    statistic += (r - expectedR) ** 2 / expectedR + (c - expectedC) ** 2 / expectedC;
  }
  const degreesOfFreedom = counts.reference.length - 1;
  const pValue = degreesOfFreedom === 0 ? 1 : chiSquareTail(statistic, degreesOfFreedom);
  return { statistic, degreesOfFreedom, pValue };
}
