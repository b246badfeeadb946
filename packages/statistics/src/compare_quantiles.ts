import { assertAlpha, type Comparison } from "./compare_rates.ts";
import { boundsAtRank, quantile, type QuantileSketch } from "./quantile_sketch.ts";
import { logEvidence } from "./rate_evidence.ts";

/**
 * Compares a quantile of two sketches, such as the median or the 95th percentile of latency, to be looked at as often
 * as one likes: the probability that the interval ever misses the true difference is at most alpha. Nothing is assumed
 * of the distributions; values must be independent. Bounds are whole bins, so they hold in spite of the sketch.
 *
 * The number of values up to the true quantile counts events of the rate q, so the ranks with evidence below 2/alpha
 * hold it, in each arm. For a mean, which has no such bound for unbounded values, compare the median.
 * @param stable Values since the comparison began.
 * @param canary The same of the canary, in the same unit.
 * @param q In (0, 1).
 * @param alpha Probability of error, in (0, 1).
 * @returns `lower` and `upper` are infinite while the values are too few: at alpha 0.05 below 8 values an arm for the
 * median, 131 for the 95th percentile. They do not say "no difference" then, but nothing.
 * @throws {RangeError} If a sketch has no values, or q or alpha are outside.
 * @see Howard, Ramdas 2022, "Sequential estimation of quantiles with applications to A/B testing and best-arm
 * identification", Bernoulli 28(3).
 */
export function compareQuantiles(stable: QuantileSketch, canary: QuantileSketch, q: number, alpha: number): Comparison {
  assertAlpha("comparing quantiles", alpha);
  if (!(q > 0 && q < 1)) throw new RangeError(`comparing quantiles: found quantile ${q}, wanted one between 0 and 1`);
  const difference = quantile(canary, q) - quantile(stable, q);
  const [s, c] = [intervalOf(stable, q, alpha / 2), intervalOf(canary, q, alpha / 2)];
  return { difference, lower: c.lower - s.upper, upper: c.upper - s.lower };
}

/** Always-valid interval of a quantile of values that are not negative. */
function intervalOf(sketch: QuantileSketch, q: number, alpha: number): { lower: number; upper: number } {
  const trials = sketch.count;
  const limit = -Math.log(alpha);
  const plausible = (events: number): boolean => logEvidence({ events, trials }, q) < limit;
  const middle = Math.round(q * trials);
  const least = edge(plausible, middle, -1);
  const most = edge(plausible, middle, trials + 1);
  // At least `least` values are <= the quantile, and at most `most` are below it.
  return {
    lower: least === 0 ? 0 : boundsAtRank(sketch, least - 1).lower,
    upper: most === trials ? Infinity : boundsAtRank(sketch, most).upper,
  };
}

/** The last count that is plausible, between one that is and an end that is out of range. */
function edge(plausible: (events: number) => boolean, from: number, outside: number): number {
  let [inside, beyond] = [from, outside];
  while (Math.abs(beyond - inside) > 1) {
    const middle = Math.trunc((inside + beyond) / 2);
    if (plausible(middle)) inside = middle;
    else beyond = middle;
  }
  return inside;
}
