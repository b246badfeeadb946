/**
 * Probability that a standard normal variable is at most x, in double precision.
 * @see Marsaglia 2004, "Evaluating the normal distribution", J. Stat. Softw. 11(4): the series of section 3.
 */
export function normalBelow(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let [sum, before, term] = [x, Number.NaN, x];
  for (let i = 3; sum !== before; i += 2) {
    before = sum;
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x - 0.5 * Math.log(2 * Math.PI));
}
