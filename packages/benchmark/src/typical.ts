/** What samples come to. */
export interface Typical {
  /** The median. */
  readonly value: number;
  /** Distance between the quartiles over the median: half of the samples lie within so much of each other. */
  readonly spread: number;
}

/**
 * The median of samples, and how far they lie apart.
 * @param samples At least one, each above 0.
 * @throws {RangeError} If there is none, or one is not above 0: a figure over a missing measurement would be made up.
 */
export function typical(samples: readonly number[]): Typical {
  const bad = samples.find((sample) => !(sample > 0 && sample < Infinity));
  if (samples.length === 0 || bad !== undefined) {
    throw new RangeError(`summing up samples: found ${bad ?? "none"}, wanted at least one and each above 0`);
  }
  const value = quantile(samples, 0.5);
  return { value, spread: (quantile(samples, 0.75) - quantile(samples, 0.25)) / value };
}

/**
 * Amount a second, from the seconds that each round took for it.
 * @param amount What each round did, in any unit.
 */
export function rate(amount: number, seconds: readonly number[]): Typical {
  return typical(seconds.map((each) => amount / each));
}

/**
 * Quantile with linear interpolation between the neighbours.
 * @param samples At least one, in any order.
 * @param share In [0, 1]: so much of them lies below.
 * @see Hyndman and Fan 1996, "Sample quantiles in statistical packages", definition 7.
 */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return below + (above - below) * (place - Math.floor(place));
}
