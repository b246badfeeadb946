/**
 * The two products of attention. Legend: B sequences, H query heads, G of which share one of Hk heads of keys and values, T tokens,
 * P places that are looked at, K width of a head.
 */
import { matmul, reshape, type Tensor } from "@millrace/tensor";

/**
 * scale * queries times keys.
 * @param query Shape (B, H, T, K).
 * @param key Shape (B, Hk, P, K).
 * @returns Shape (B, H, T, P).
 */
export function attentionScores(query: Tensor, key: Tensor, scale: number): Tensor {
  const [batch = 1, heads = 1, tokens = 1] = query.shape;
  const [, keyHeads = 1, places = 1] = key.shape;
  const scores = matmul(stacked(query, Number(keyHeads)), key, { transposeB: true, scale });
  return reshape(scores, [batch, heads, tokens, places]);
}

/**
 * Values, weighed.
 * @param probabilities Shape (B, H, T, P).
 * @param value Shape (B, Hk, P, K).
 * @returns Shape (B, H, T, K).
 */
export function weighedValues(probabilities: Tensor, value: Tensor): Tensor {
  const [batch = 1, heads = 1, tokens = 1] = probabilities.shape;
  const [, keyHeads = 1, , width = 1] = value.shape;
  return reshape(matmul(stacked(probabilities, Number(keyHeads)), value), [batch, heads, tokens, width]);
}

/** Heads that share a key one below the other, (B, H, T, X) as (B, Hk, G T, X): the elements stay where they are. */
function stacked(x: Tensor, keyHeads: number): Tensor {
  const [batch = 1, heads = 1, tokens = 1, last = 1] = x.shape;
  if (heads === keyHeads) return x;
  const rows = typeof tokens === "number" ? (Number(heads) / keyHeads) * tokens : "stacked_rows";
  return reshape(x, [batch, keyHeads, rows, last]);
}
