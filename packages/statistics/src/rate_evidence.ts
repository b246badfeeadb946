import { logBeta } from "./special_functions.ts";

/** Failures, or any other event, among independent trials. */
export interface RateCounts {
  readonly events: number;
  readonly trials: number;
}

/**
 * Evidence against the rate p: the likelihood of what was seen, averaged over all rates by Jeffreys' Beta(1/2, 1/2),
 * over its likelihood under p. If p is the true rate this is a martingale that begins at 1, so the probability that it
 * ever reaches 1/alpha is at most alpha (Ville's inequality), however often one looks.
 * @param p In [0, 1].
 * @returns The natural logarithm, for fixed counts a convex function of p with its least value at their share.
 * @see Robbins 1970, "Statistical methods related to the law of the iterated logarithm", Ann. Math. Stat. 41(5);
 * Howard, Ramdas, McAuliffe, Sekhon 2021, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Ann. Stat.
 * 49(2), section 3.2 on conjugate mixtures.
 */
export function logEvidence({ events, trials }: RateCounts, p: number): number {
  return mixtureOf({ events, trials }) - logLikelihood({ events, trials }, p);
}

/** The part of the evidence that does not depend on the rate: the logarithm of the average likelihood. */
export function mixtureOf({ events, trials }: RateCounts): number {
  return logBeta(events + 0.5, trials - events + 0.5) - Math.log(Math.PI);
}

/** Logarithm of the likelihood of a rate. */
export function logLikelihood({ events, trials }: RateCounts, p: number): number {
  const rest = trials - events;
  // 0 ln 0 is 0 here: no events say nothing against a rate of 0.
  return (events === 0 ? 0 : events * Math.log(p)) + (rest === 0 ? 0 : rest * Math.log1p(-p));
}
