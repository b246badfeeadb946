import { compareCounts } from "./counts.ts";
import { chiSquareQuantile } from "./special_functions.ts";
import { DRIFT_THRESHOLDS } from "./thresholds.ts";

export interface PopulationStability {
  /** The index: sum over bins of (p - q) ln(p / q). At least 0; 0 for equal shares. */
  readonly value: number;
  /** What samples of these sizes from one distribution exceed with probability `falseAlarmRate`, about. */
  readonly noise: number;
  /** Whether `value` reaches `DRIFT_THRESHOLDS.populationStability` and is above `noise`. */
  readonly drifted: boolean;
}

/**
 * Population stability index of two histograms over the same bins, and whether it is more than chance.
 *
 * Empty bins: those empty in both are left out; then half a count is added to every bin of both, p = (r + 1/2) / (n +
 * B/2), so that no logarithm is infinite. This draws both towards even shares: samples with few counts a bin look more
 * alike than they are, and the index of a bin that is new in 1 of m values is about ln(3)/m and no more.
 *
 * Noise: without drift the index of n and m values in B bins is about (1/n + 1/m) times a chi-square variable of B - 1
 * degrees of freedom, so it is (B - 1)(1/n + 1/m) on average, not 0: for 100 prompts in 20 bins 0.19, "drift" by the
 * usual threshold of 0.1. Smoothing makes the true rate of false alarms lower than asked for where counts are small:
 * with even bins to four fifths at five counts a bin, to a third at three, to none at one.
 * @param reference Counts, shape (B,); the shorter side is taken to end in empty bins.
 * @param current Counts, shape (B,). Each value must be an independent one: documents or prompts, not their tokens.
 * @param falseAlarmRate Share of windows without drift that may be called drift, in (0, 1).
 * @throws {RangeError} If a count is not a non-negative integer, a side is empty, or the rate is outside.
 * @see Yurdakul 2018, "Statistical properties of population stability index", Western Michigan University, for the
 * distribution; Siddiqi 2006, "Credit risk scorecards", for the index.
 */
export function populationStability(
  reference: readonly number[],
  current: readonly number[],
  falseAlarmRate: number,
): PopulationStability {
  const doing = "population stability";
  if (!(falseAlarmRate > 0 && falseAlarmRate < 1))
    throw new RangeError(`${doing}: found a false alarm rate of ${falseAlarmRate}, wanted one between 0 and 1`);
  const counts = compareCounts(doing, reference, current);
  const bins = counts.reference.length;
  let value = 0;
  for (let bin = 0; bin < bins; bin++) {
    const p = ((counts.reference[bin] as number) + 0.5) / (counts.referenceTotal + bins / 2);
    const q = ((counts.current[bin] as number) + 0.5) / (counts.currentTotal + bins / 2);
    value += (p - q) * Math.log(p / q);
  }
  const scale = 1 / counts.referenceTotal + 1 / counts.currentTotal;
  const noise = bins === 1 ? 0 : scale * chiSquareQuantile(falseAlarmRate, bins - 1);
  return { value, noise, drifted: value >= DRIFT_THRESHOLDS.populationStability && value > noise };
}
