/** What the parts of a model are called in the checkpoints of its class. */
import type { ModelConfig } from "./config.ts";

/** Names of one family. Parts of a block are named below the block; a projection or norm has `.weight` and maybe `.bias`. */
interface Names {
  /** Token embeddings, a table (V, D). */
  readonly embedding: string;
  /** The block of that number. */
  block(layer: number): string;
  readonly attentionNorm: string;
  /** Writes attention's result into the residual stream. */
  readonly attentionOutput: string;
  readonly feedForwardNorm: string;
  /** Writes the feed-forward result into the residual stream. */
  readonly feedForwardOutput: string;
  readonly finalNorm: string;
}

export const NAMES: Readonly<Record<ModelConfig["architecture"], Names>> = {
  gpt2: {
    embedding: "transformer.wte.weight",
    block: (layer) => `transformer.h.${layer}`,
    attentionNorm: "ln_1",
    attentionOutput: "attn.c_proj",
    feedForwardNorm: "ln_2",
    feedForwardOutput: "mlp.c_proj",
    finalNorm: "transformer.ln_f",
  },
  llama: {
    embedding: "model.embed_tokens.weight",
    block: (layer) => `model.layers.${layer}`,
    attentionNorm: "input_layernorm",
    attentionOutput: "self_attn.o_proj",
    feedForwardNorm: "post_attention_layernorm",
    feedForwardOutput: "mlp.down_proj",
    finalNorm: "model.norm",
  },
};

/** gpt2's position table (T, D), trained or sinusoidal. */
export const POSITIONS = "transformer.wpe.weight";

/** The output matrix (V, D) of a model that is not tied. */
export const OUTPUT = "lm_head.weight";
