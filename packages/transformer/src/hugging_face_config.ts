/** The JSON files that stand beside an exported model or a checkpoint, so that Hugging Face's libraries know what it is. */
import { checkModelConfig, LAYER_NORM_EPSILON, type ModelConfig } from "./config.ts";

/** Token ids with a meaning of their own. */
export interface SpecialTokenIds {
  /** Stands before a text. */
  readonly bos: number;
  /** Stands after a text; generation stops at it. */
  readonly eos: number;
}

/** Contents of `config.json`, with the keys of Hugging Face's GPT2Config. */
export function huggingFaceConfig(config: ModelConfig, specialTokens: SpecialTokenIds): Record<string, unknown> {
  checkModelConfig(config);
  return {
    activation_function: "gelu_new",
    architectures: ["GPT2LMHeadModel"],
    attn_pdrop: 0,
    bos_token_id: specialTokens.bos,
    embd_pdrop: 0,
    eos_token_id: specialTokens.eos,
    initializer_range: 0.02,
    layer_norm_epsilon: LAYER_NORM_EPSILON,
    model_type: "gpt2",
    n_ctx: config.contextLength,
    n_embd: config.width,
    n_head: config.heads,
    n_inner: null,
    n_layer: config.layers,
    n_positions: config.contextLength,
    resid_pdrop: 0,
    scale_attn_weights: true,
    tie_word_embeddings: true,
    torch_dtype: "float32",
    use_cache: true,
    vocab_size: config.vocabularySize,
  };
}

/** Contents of `generation_config.json`. */
export function huggingFaceGenerationConfig(specialTokens: SpecialTokenIds): Record<string, unknown> {
  return { bos_token_id: specialTokens.bos, eos_token_id: specialTokens.eos };
}
