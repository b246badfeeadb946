/** Turns a median absolute deviation into a standard deviation, for normal values: 1 / quantile(0.75) of the normal. */
const MAD_TO_DEVIATION = 1.482_602_218_505_602;

function median(sorted: Float64Array): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** The middle and the spread of some values; neither moves far while fewer than half of them are odd. */
export interface Spread {
  readonly center: number;
  /** Standard deviation, if the values are normal but for some; at least the floor. */
  readonly deviation: number;
}

/**
 * Median, and median absolute deviation as a standard deviation.
 * @param values At least one.
 * @param leastDeviation Floor of the deviation, above 0: the median absolute deviation is 0 when half of the values are
 * equal, and then any change at all would be infinitely odd.
 * @see Rousseeuw, Croux 1993, "Alternatives to the median absolute deviation", J. Am. Stat. Assoc. 88(424).
 */
export function spreadOf(values: readonly number[], leastDeviation: number): Spread {
  const center = median(Float64Array.from(values).sort());
  const mad = median(Float64Array.from(values, (value) => Math.abs(value - center)).sort());
  return { center, deviation: Math.max(leastDeviation, MAD_TO_DEVIATION * mad) };
}
