/**
 * The one definition of the model, from embedded tokens to the last layer norm. Training, serving and export differ only in how a
 * sequence is laid out and in what attention may look at, so that is what they pass in.
 * Legend: B sequences, T tokens, N = B T rows, D width, H heads, K = D / H, V vocabulary.
 */
import {
  add,
  gather,
  gelu,
  layerNormalization,
  reshape,
  split,
  transpose,
  type Dimension,
  type Shape,
  type Tensor,
} from "@millrace/tensor";
import { LAYER_NORM_EPSILON, type ModelConfig } from "./config.ts";
import type { Weights } from "./weights.ts";

/** Token embeddings, and the output matrix. */
export const EMBEDDING = "transformer.wte.weight";

/** Added to the attention scores of places that may not be seen: e^(it - any score) is exactly 0 in float32. */
export const HIDDEN = -1e9;

/** Mixes values by attention. All operands and the result have shape (B, H, T, K). */
export type Attend = (layer: number, query: Tensor, key: Tensor, value: Tensor) => Tensor;

/**
 * Runs the blocks and the last layer norm.
 * @param embedded Token plus position embeddings, shape (N, D), or (B, T, D) when an extent is symbolic.
 * @param batch B.
 * @param tokens T.
 * @returns The shape of `embedded`.
 */
export function decoder(
  config: ModelConfig,
  weights: Weights,
  embedded: Tensor,
  [batch, tokens]: readonly [Dimension, Dimension],
  attend: Attend,
): Tensor {
  const { heads, width } = config;
  const perHead: Shape = [batch, tokens, heads, width / heads];
  const toHeads = (x: Tensor): Tensor => transpose(reshape(x, perHead), [0, 2, 1, 3]);
  const fromHeads = (x: Tensor): Tensor => reshape(transpose(x, [0, 2, 1, 3]), embedded.shape);

  let x = embedded;
  for (let layer = 0; layer < config.layers; layer++) {
    const block = `transformer.h.${layer}`;
    const projected = linear(norm(x, weights, `${block}.ln_1`), weights, `${block}.attn.c_attn`);
    const [query = x, key = x, value = x] = split(projected, -1, [width, width, width]).map(toHeads);
    const mixed = fromHeads(attend(layer, query, key, value));
    x = add(x, linear(mixed, weights, `${block}.attn.c_proj`));
    const widened = gelu(linear(norm(x, weights, `${block}.ln_2`), weights, `${block}.mlp.c_fc`));
    x = add(x, linear(widened, weights, `${block}.mlp.c_proj`));
  }
  return norm(x, weights, "transformer.ln_f");
}

/** Scores of every token id: the last layer norm's rows times the embedding, which is the output matrix too. */
export function vocabularyScores(hidden: Tensor, weights: Weights): Tensor {
  return weights.scores(hidden, EMBEDDING);
}

/** Token plus position embeddings, shape (B, T, D). `positions` has or broadcasts to the shape of `tokens`. */
export function embed(weights: Weights, tokens: Tensor, positions: Tensor): Tensor {
  return add(weights.rows(EMBEDDING, tokens), gather(weights.plain("transformer.wpe.weight"), positions));
}

/** Factor on the attention scores, 1 / sqrt(K). */
export function attentionScale({ width, heads }: ModelConfig): number {
  return 1 / Math.sqrt(width / heads);
}

function norm(x: Tensor, weights: Weights, name: string): Tensor {
  return layerNormalization(x, weights.plain(`${name}.weight`), weights.plain(`${name}.bias`), LAYER_NORM_EPSILON);
}

function linear(x: Tensor, weights: Weights, name: string): Tensor {
  return weights.linear(x, `${name}.weight`, weights.plain(`${name}.bias`));
}
