/** Arithmetic on one row of logits, in float64. */

/**
 * Natural logarithm of the sum of exponentials, without overflow.
 * @param row Scores of every token, shape (V,); finite.
 */
export function logSumExp(row: Float32Array): number {
  let top = -Infinity;
  for (let token = 0; token < row.length; token++) top = Math.max(top, row[token]!);
  let sum = 0;
  for (let token = 0; token < row.length; token++) sum += Math.exp(row[token]! - top);
  return top + Math.log(sum);
}

/** The token with the greatest score; of equal ones the first. */
export function bestToken(row: Float32Array): number {
  let best = 0;
  for (let token = 1; token < row.length; token++) if (row[token]! > row[best]!) best = token;
  return best;
}

/**
 * Kullback-Leibler divergence of q from p in nats, at least 0 up to rounding: what coding p's tokens by q costs more.
 * @param p Scores, shape (V,). @param q Scores, shape (V,).
 * @param normP `logSumExp(p)`. @param normQ `logSumExp(q)`.
 */
export function divergence(p: Float32Array, q: Float32Array, normP: number, normQ: number): number {
  let sum = 0;
  for (let token = 0; token < p.length; token++) {
    const logP = p[token]! - normP;
    sum += Math.exp(logP) * (logP - (q[token]! - normQ));
  }
  return sum;
}
