/** The few special functions that the tests need, in double precision. */

/** Coefficients of Lanczos' approximation for g = 7, nine terms (Godfrey 2001); relative error below 1e-14. */
const LANCZOS = [
  0.999_999_999_999_809_93, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6,
  1.505_632_735_149_311_6e-7,
] as const;

/** ln Gamma(x) for x >= 0.5. */
export function logGamma(x: number): number {
  const shifted = x - 1;
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] as number) / (shifted + i);
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** ln Beta(a, b) for a, b >= 0.5. */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/**
 * Regularised upper incomplete gamma function Q(a, x), for a >= 0.5 and x >= 0.
 * Series 6.5.29 of Abramowitz and Stegun below a + 1, its continued fraction 6.5.31 (Lentz' evaluation) above.
 */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; term > sum * 1e-16; n++) sum += term *= x / (a + n);
    return 1 - front * sum;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let n = 1, delta = 0; Math.abs(delta - 1) > 1e-15; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    delta = c * d;
    h *= delta;
  }
  return front * h;
}

/**
 * Probability that a chi-square variable exceeds a value.
 * @param degrees Degrees of freedom, at least 1.
 */
export function chiSquareTail(value: number, degrees: number): number {
  return upperGamma(degrees / 2, value / 2);
}

/**
 * Value that a chi-square variable exceeds with a probability; the inverse of `chiSquareTail` by bisection.
 * @param probability In (0, 1).
 */
export function chiSquareQuantile(probability: number, degrees: number): number {
  let [low, high] = [0, degrees + 10];
  while (chiSquareTail(high, degrees) > probability) high *= 2;
  for (let i = 0; i < 100 && high - low > 1e-12 * high; i++) {
    const middle = (low + high) / 2;
    if (chiSquareTail(middle, degrees) > probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Probability that Kolmogorov's limiting variable exceeds a value >= 0. The two series are equal; each is used where a
 * few terms suffice.
 * @see Marsaglia, Tsang, Wang 2003, "Evaluating Kolmogorov's distribution", J. Stat. Softw. 8(18).
 */
export function kolmogorovTail(value: number): number {
  if (value < 0.1) return 1;
  let sum = 0;
  if (value < 1.18) {
    for (let k = 1; k <= 9; k += 2) sum += Math.exp(-((k * Math.PI) ** 2) / (8 * value ** 2));
    return 1 - (Math.sqrt(2 * Math.PI) / value) * sum;
  }
  for (let k = 1; k <= 5; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * (k * value) ** 2);
  return sum;
}
