/** Discounts of one order for counts 1, 2 and 3 or more; index 0 is 0. */
export type Discounts = readonly [number, number, number, number];

// Where a corpus is too small for the estimate: absolute discounting with the customary 3/4, and 1/2 for a count of 1.
const SMALL_CORPUS: Discounts = [0, 0.5, 0.75, 0.75];

/**
 * Estimates the discounts of one order.
 * @param countsOfCounts Numbers of n-grams that occur once, twice, three and four times.
 * @returns The modified Kneser-Ney discounts; fixed ones (0.5, 0.75, 0.75) if one of the four numbers is 0 or the
 *   estimate leaves the range (0, count).
 * @see Chen and Goodman 1998, "An Empirical Study of Smoothing Techniques for Language Modeling", equation 26.
 */
export function estimateDiscounts(countsOfCounts: readonly [number, number, number, number]): Discounts {
  const [n1, n2, n3, n4] = countsOfCounts;
  if (n1 === 0 || n2 === 0 || n3 === 0 || n4 === 0) return SMALL_CORPUS;
  const y = n1 / (n1 + 2 * n2);
  const discounts: Discounts = [0, 1 - (2 * y * n2) / n1, 2 - (3 * y * n3) / n2, 3 - (4 * y * n4) / n3];
  return discounts.every((discount, count) => count === 0 || (discount > 0 && discount < count))
    ? discounts
    : SMALL_CORPUS;
}
