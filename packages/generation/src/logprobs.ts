import { topIndices } from "./top_indices.ts";

/** A token and the natural logarithm of its probability. */
export interface TokenLogprob {
  readonly token: number;
  readonly logprob: number;
}

/**
 * Log-probabilities under the model itself: before temperature, penalties, bias and cuts, so that they compare between
 * requests.
 * @param logits Scores of all tokens, shape (V,).
 * @param token The one that was chosen.
 * @param top How many of the most likely to list beside it.
 */
export function logprobsOf(
  logits: Float32Array,
  token: number,
  top: number,
): { readonly logprob: number; readonly top: readonly TokenLogprob[] } {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  const logprobOf = (id: number): number => (logits[id] ?? 0) - largest - Math.log(sum);
  return {
    logprob: logprobOf(token),
    top: topIndices(logits, top).map((id) => ({ token: id, logprob: logprobOf(id) })),
  };
}
