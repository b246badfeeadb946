/**
 * The one definition of the model, from token ids to the last norm. Training, serving and export differ in how a sequence is laid
 * out, in what attention may look at, and in whether elements are dropped, so that is what they pass in.
 * Legend: B sequences, T tokens, N = B T rows, D width, H heads, Hk heads of keys and values, K width of a head, V vocabulary.
 */
import {
  add,
  exactGelu,
  gather,
  gelu,
  layerNormalization,
  mul,
  relu,
  reshape,
  rmsNormalization,
  silu,
  split,
  transpose,
  type Shape,
  type Tensor,
} from "@millrace/tensor";
import { type Activation, type ModelConfig, type ResolvedModel, resolveModel } from "./config.ts";
import { type Dropout, keepAll } from "./dropout.ts";
import { NAMES, OUTPUT, POSITIONS } from "./names.ts";
import { rotate, rotation } from "./rotary_positions.ts";
import type { Weights } from "./weights.ts";

/** Mixes values by attention. Query and result have shape (B, H, T, K), key and value (B, Hk, T, K). */
export type Attend = (layer: number, query: Tensor, key: Tensor, value: Tensor) => Tensor;

/** What a graph gives the decoder. */
export interface Sequences {
  /** Token ids, integers, shape (B, T). */
  readonly tokens: Tensor;
  /** Place of each token in its sequence, integers, shape (B, T). Without it each sequence fills the context. */
  readonly positions?: Tensor;
  readonly attend: Attend;
  /** Mixes values by attention over queries, keys and values as one projection gives them, (B, T, 3 D), to (B, T, D): taken before `attend` where a model projects them so. */
  readonly attendJoint?: ((joint: Tensor) => Tensor) | undefined;
  /** Default: nothing is dropped. */
  readonly dropout?: Dropout;
  /** Told the rows that enter each block, and those that enter the last norm. */
  readonly onRows?: ((rows: Tensor) => void) | undefined;
}

/** The parts of the model, each of which takes what the one before has given: rows of shape (N, D), or (B, T, D) when an extent is symbolic. */
export interface DecoderParts {
  embedded(): Tensor;
  /** Runs blocks start <= layer < end. */
  blocks(x: Tensor, start: number, end: number): Tensor;
  /** Runs the last norm. */
  finished(x: Tensor): Tensor;
}

/**
 * Runs embeddings, blocks and the last norm.
 * @returns Shape (N, D), or (B, T, D) when an extent is symbolic.
 */
export function decoder(config: ModelConfig, weights: Weights, sequences: Sequences): Tensor {
  const { embedded, blocks, finished } = decoderParts(config, weights, sequences);
  return finished(blocks(embedded(), 0, config.layers));
}

/** The parts, for graphs that hold some of them; only what a graph's parts read must be among the weights. */
export function decoderParts(config: ModelConfig, weights: Weights, sequences: Sequences): DecoderParts {
  const { tokens, positions, attend, attendJoint, dropout = keepAll, onRows } = sequences;
  const model = resolveModel(config);
  const names = NAMES[model.architecture];
  const [batch = 1, length = 1] = tokens.shape;
  const isFlat = typeof batch === "number" && typeof length === "number";
  const rows: Shape = isFlat ? [batch * length, model.width] : [batch, length, model.width];
  const toHeads = (x: Tensor, heads: number): Tensor =>
    transpose(reshape(x, [batch, length, heads, model.headWidth]), [0, 2, 1, 3]);
  const mixedWidth = model.heads * model.headWidth;
  const fromHeads = (x: Tensor): Tensor => reshape(transpose(x, [0, 2, 1, 3]), [...rows.slice(0, -1), mixedWidth]);
  const project = model.architecture === "gpt2" ? jointProjections : separateProjections;
  const feedForward = model.architecture === "gpt2" ? plainFeedForward : gatedFeedForward;
  const turn = turnOf(model, positions);

  function mixed(x: Tensor, layer: number): Tensor {
    const block = names.block(layer);
    if (attendJoint !== undefined && model.architecture === "gpt2") {
      const joint = weights.linear(x, `${block}.${JOINT_PROJECTION}`);
      return reshape(attendJoint(reshape(joint, [batch, length, 3 * model.width])), rows);
    }
    const projected = project(model, x, weights, block);
    const query = turn(toHeads(projected.query, model.heads));
    const key = turn(toHeads(projected.key, model.keyValueHeads));
    const value = toHeads(projected.value, model.keyValueHeads);
    return fromHeads(attend(layer, query, key, value));
  }

  function block(x: Tensor, layer: number): Tensor {
    onRows?.(x);
    const block = names.block(layer);
    const mixture = mixed(norm(model, x, weights, `${block}.${names.attentionNorm}`), layer);
    const attended = add(x, dropout("residual", weights.linear(mixture, `${block}.${names.attentionOutput}`)));
    const normal = norm(model, attended, weights, `${block}.${names.feedForwardNorm}`);
    return add(attended, dropout("residual", feedForward(model, normal, weights, block)));
  }

  return {
    embedded: () => dropout("embedding", reshape(embed(model, weights, tokens, positions), rows)),
    blocks: (x, start, end) => Array.from({ length: end - start }, (_, index) => start + index).reduce(block, x),
    finished(x) {
      onRows?.(x);
      return norm(model, x, weights, names.finalNorm);
    },
  };
}

/** Scores of every token id: the last norm's rows times the output matrix, which is the embedding where they are tied. */
export function vocabularyScores(config: ModelConfig, hidden: Tensor, weights: Weights): Tensor {
  const { architecture, tied } = resolveModel(config);
  return weights.scores(hidden, tied ? NAMES[architecture].embedding : OUTPUT);
}

/** Factor on the attention scores, 1 / sqrt(K). */
export function attentionScale(config: ModelConfig): number {
  return 1 / Math.sqrt(resolveModel(config).headWidth);
}

/** Token embeddings, plus those of the positions where the model has them; shape (B, T, D). */
function embed(model: ResolvedModel, weights: Weights, tokens: Tensor, positions: Tensor | undefined): Tensor {
  const embedded = weights.rows(NAMES[model.architecture].embedding, tokens);
  if (model.positions === "rotary") return embedded;
  const table = weights.plain(POSITIONS);
  return add(embedded, positions === undefined ? table : gather(table, positions));
}

function turnOf(model: ResolvedModel, positions: Tensor | undefined): (x: Tensor) => Tensor {
  if (model.positions !== "rotary") return (x) => x;
  const turned = rotation(model, positions);
  return (x) => rotate(x, turned);
}

function norm({ architecture, normEpsilon }: ResolvedModel, x: Tensor, weights: Weights, name: string): Tensor {
  const scale = weights.plain(`${name}.weight`);
  if (architecture === "llama") return rmsNormalization(x, scale, normEpsilon);
  return layerNormalization(x, scale, weights.plain(`${name}.bias`), normEpsilon);
}

/** gpt2's queries, keys and values. */
const JOINT_PROJECTION = "attn.c_attn";

interface Projections {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

function jointProjections({ width }: ResolvedModel, x: Tensor, weights: Weights, block: string): Projections {
  const joint = weights.linear(x, `${block}.${JOINT_PROJECTION}`);
  const [query = joint, key = joint, value = joint] = split(joint, -1, [width, width, width]);
  return { query, key, value };
}

function separateProjections(_: ResolvedModel, x: Tensor, weights: Weights, block: string): Projections {
  return {
    query: weights.linear(x, `${block}.self_attn.q_proj`),
    key: weights.linear(x, `${block}.self_attn.k_proj`),
    value: weights.linear(x, `${block}.self_attn.v_proj`),
  };
}

const ACTIVATE: Readonly<Record<Activation, (x: Tensor) => Tensor>> = { gelu_new: gelu, gelu: exactGelu, relu, silu };

function plainFeedForward({ activation }: ResolvedModel, x: Tensor, weights: Weights, block: string): Tensor {
  return weights.linear(ACTIVATE[activation](weights.linear(x, `${block}.mlp.c_fc`)), `${block}.mlp.c_proj`);
}

/** @see Shazeer 2020, "GLU Variants Improve Transformer". */
function gatedFeedForward({ activation }: ResolvedModel, x: Tensor, weights: Weights, block: string): Tensor {
  const gate = ACTIVATE[activation](weights.linear(x, `${block}.mlp.gate_proj`));
  return weights.linear(mul(gate, weights.linear(x, `${block}.mlp.up_proj`)), `${block}.mlp.down_proj`);
}
