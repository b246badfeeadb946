import { kolmogorovTail } from "./special_functions.ts";

export interface KolmogorovSmirnovTest {
  /** Greatest distance of the two empirical distribution functions, in [0, 1]. */
  readonly statistic: number;
  /** Probability, without drift, of a statistic at least as great; too great if values are tied. */
  readonly pValue: number;
}

/** Up to this product of sample sizes the p value is exact. Its cost is the product: about 10 ms at the limit. */
const EXACT_UP_TO = 1e6;

/**
 * Kolmogorov-Smirnov test that two samples come from one continuous distribution, two-sided. The p value is exact while
 * the product of the sizes is at most 1e6; beyond, Kolmogorov's limit with Stephens' correction, within 0.002 of it.
 * @param reference Values, shape (n,), in any order.
 * @param current Values, shape (m,).
 * @throws {RangeError} If a sample is empty or holds NaN.
 * @see Hodges 1958, "The significance probability of the Smirnov two-sample test", Ark. Mat. 3; Stephens 1970, "Use of
 * the Kolmogorov-Smirnov, Cramer-von Mises and related statistics without extensive tables", J. R. Stat. Soc. B 32(1).
 */
export function kolmogorovSmirnov(reference: readonly number[], current: readonly number[]): KolmogorovSmirnovTest {
  for (const sample of [reference, current])
    if (sample.length === 0 || sample.some(Number.isNaN))
      throw new RangeError(
        `Kolmogorov-Smirnov test: found ${sample.length === 0 ? "no values" : "NaN"}, wanted numbers on both sides`,
      );
  const [n, m] = [reference.length, current.length];
  const distance = greatestDistance(Float64Array.from(reference).sort(), Float64Array.from(current).sort());
  const statistic = distance / (n * m);
  if (n * m <= EXACT_UP_TO) return { statistic, pValue: exactTail(n, m, distance) };
  const root = Math.sqrt((n * m) / (n + m));
  return { statistic, pValue: kolmogorovTail((root + 0.12 + 0.11 / root) * statistic) };
}

/** Greatest |i m - j n|, where i values of one and j of the other are at most x: an integer, so nothing is rounded. */
function greatestDistance(a: Float64Array, b: Float64Array): number {
  let [i, j, distance] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const x = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && (a[i] as number) <= x) i++;
    while (j < b.length && (b[j] as number) <= x) j++;
    distance = Math.max(distance, Math.abs(i * b.length - j * a.length));
  }
  return distance;
}

/**
 * Share of all orders of n + m values in which the distance is reached somewhere. Of the orders that begin with i and j
 * values, i / (i + j) had i - 1 and j before the last; `reached[j]` goes through the rows i.
 */
function exactTail(n: number, m: number, distance: number): number {
  const reached = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      if (Math.abs(i * m - j * n) >= distance) reached[j] = 1;
      else if (i + j > 0)
        reached[j] = (i * (reached[j] as number) + (j === 0 ? 0 : j * (reached[j - 1] as number))) / (i + j);
    }
  }
  return reached[m] as number;
}
