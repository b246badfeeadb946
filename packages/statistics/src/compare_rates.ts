import { logLikelihood, mixtureOf, type RateCounts } from "./rate_evidence.ts";

/** How much greater something is at the canary, with an interval that holds at every time at once. */
export interface Comparison {
  /** Canary minus stable, as measured. */
  readonly difference: number;
  /** Above 0: the canary is greater, whenever one happened to look. */
  readonly lower: number;
  /** Below a tolerance: the canary is not greater by more than that. */
  readonly upper: number;
}

export interface RateComparison extends Comparison {
  /** Always-valid p value of equal rates; below alpha exactly when 0 is outside the interval. */
  readonly pValue: number;
}

/** Both searches end when the place is known this well. */
const RESOLUTION = 1e-9;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Compares two rates, to be looked at as often as one likes: the probability that the interval ever misses the true
 * difference, over all looks together, is at most alpha. Exact for any sample sizes, any split of the traffic, also one
 * that changes, and any moment to stop; trials must be independent, with one rate an arm. A function of the totals, so
 * nothing has to be kept between looks.
 *
 * Each pair of rates has as evidence against it the product of both arms' evidence; the interval holds the differences
 * of the pairs with evidence below 1/alpha. The price: to find a difference in 80 % of cases it needs three to
 * four times the trials of a test that looks once, at a time fixed before, though most differences are found earlier.
 * Without a difference it alarms in about 1 of 100 runs at an alpha of 0.05. One call takes about a millisecond.
 * @param stable Totals since the comparison began. An arm without trials counts as a share of one half.
 * @param canary The same of the canary.
 * @param alpha Probability of error, in (0, 1).
 * @throws {RangeError} If counts are not integers with 0 <= events <= trials, or alpha is outside.
 * @see `logEvidence()`; Wasserman, Ramdas, Balakrishnan 2020, "Universal inference", PNAS 117(29), for the least
 * evidence over all pairs; Johari, Pekelis, Walsh 2017, "Always valid inference", for the p value.
 */
export function compareRates(stable: RateCounts, canary: RateCounts, alpha: number): RateComparison {
  assertAlpha("comparing rates", alpha);
  for (const { events, trials } of [stable, canary])
    if (!(Number.isSafeInteger(events) && Number.isSafeInteger(trials) && 0 <= events && events <= trials))
      throw new RangeError(`comparing rates: found ${events} events in ${trials} trials, wanted integers, no more`);
  const evidence = evidenceOfDifference(stable, canary);
  const measured = shareOf(canary) - shareOf(stable);
  const limit = -Math.log(alpha);
  return {
    difference: measured,
    lower: boundary(evidence, measured, -1, limit),
    upper: boundary(evidence, measured, 1, limit),
    pValue: alwaysValidP(stable, canary),
  };
}

/**
 * P value of equal rates. The least evidence against a common rate is at the pooled share.
 * @returns In (0, 1].
 */
export function alwaysValidP(stable: RateCounts, canary: RateCounts): number {
  const pooled = { events: stable.events + canary.events, trials: stable.trials + canary.trials };
  return Math.min(1, Math.exp(logLikelihood(pooled, shareOf(pooled)) - mixtureOf(stable) - mixtureOf(canary)));
}

/** @throws {RangeError} If alpha is not a probability of error. */
export function assertAlpha(doing: string, alpha: number): void {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`${doing}: found alpha ${alpha}, wanted one between 0 and 1`);
}

/** Half without trials: then nothing speaks for any side. */
function shareOf({ events, trials }: RateCounts): number {
  return trials === 0 ? 0.5 : events / trials;
}

/** Logarithm of the least evidence against any pair of rates with a given difference: a convex function of it. */
function evidenceOfDifference(stable: RateCounts, canary: RateCounts): (difference: number) => number {
  const mixture = mixtureOf(stable) + mixtureOf(canary);
  return (difference) => {
    const likelihood = (p: number): number => logLikelihood(stable, p) + logLikelihood(canary, p + difference);
    return mixture - greatest(likelihood, Math.max(0, -difference), Math.min(1, 1 - difference));
  };
}

/** Greatest value of a concave function, by golden-section search (Kiefer 1953). */
function greatest(concave: (p: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  let [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [atA, atB] = [concave(a), concave(b)];
  while (high - low > RESOLUTION) {
    if (atA >= atB) {
      [high, b, atB] = [b, a, atA];
      a = high - GOLDEN * (high - low);
      atA = concave(a);
    } else {
      [low, a, atA] = [a, b, atB];
      b = low + GOLDEN * (high - low);
      atB = concave(b);
    }
  }
  // An arm without events has its greatest likelihood at the end itself.
  return Math.max(atA, atB, concave(from), concave(to));
}

/** Where the evidence passes the limit on one side; the end of the range if it never does. */
function boundary(evidence: (difference: number) => number, inside: number, end: -1 | 1, limit: number): number {
  let [within, beyond] = [inside, end as number];
  if (evidence(beyond) < limit) return beyond;
  while (Math.abs(beyond - within) > RESOLUTION) {
    const middle = (within + beyond) / 2;
    if (evidence(middle) < limit) within = middle;
    else beyond = middle;
  }
  return beyond;
}
