/** The JSON files that stand beside an exported model or a checkpoint, so that Hugging Face's libraries know what it is. */
import { type AdapterConfig, adapterModules } from "./adapters.ts";
import { type ModelConfig, resolveModel, type ResolvedModel, type RopeScaling } from "./config.ts";

/** Token ids with a meaning of their own. */
export interface SpecialTokenIds {
  /** Stands before a text. */
  readonly bos: number;
  /** Stands after a text; generation stops at it. */
  readonly eos: number;
}

/** Contents of `config.json`, with the keys of Hugging Face's GPT2Config or LlamaConfig. */
export function huggingFaceConfig(config: ModelConfig, specialTokens: SpecialTokenIds): Record<string, unknown> {
  const model = resolveModel(config);
  return model.architecture === "gpt2" ? gpt2Config(model, specialTokens) : llamaConfig(model, specialTokens);
}

/**
 * Contents of `generation_config.json`.
 * @param endOfTurn Token at which generation stops too, of models that have learnt to answer.
 */
export function huggingFaceGenerationConfig(
  { bos, eos }: SpecialTokenIds,
  endOfTurn: number = eos,
): Record<string, unknown> {
  return { bos_token_id: bos, eos_token_id: endOfTurn === eos ? eos : [eos, endOfTurn] };
}

/**
 * Contents of `adapter_config.json`, as Hugging Face's PEFT reads it.
 * @param base What the adapters are for: a name of the hub or a path.
 */
export function huggingFaceAdapterConfig(
  base: string,
  config: ModelConfig,
  adapters: AdapterConfig,
): Record<string, unknown> {
  return {
    base_model_name_or_path: base,
    bias: "none",
    // GPT-2 keeps its projections as [in, out].
    fan_in_fan_out: config.architecture === "gpt2",
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: adapters.alpha,
    lora_dropout: 0,
    peft_type: "LORA",
    r: adapters.rank,
    target_modules: adapterModules(config, adapters),
    task_type: "CAUSAL_LM",
  };
}

function gpt2Config(model: ResolvedModel, { bos, eos }: SpecialTokenIds): Record<string, unknown> {
  return {
    activation_function: model.activation,
    architectures: ["GPT2LMHeadModel"],
    attn_pdrop: model.dropout.attention,
    bos_token_id: bos,
    embd_pdrop: model.dropout.embedding,
    eos_token_id: eos,
    initializer_range: 0.02,
    layer_norm_epsilon: model.normEpsilon,
    model_type: "gpt2",
    n_ctx: model.contextLength,
    n_embd: model.width,
    n_head: model.heads,
    n_inner: model.innerWidth === 4 * model.width ? null : model.innerWidth,
    n_layer: model.layers,
    n_positions: model.contextLength,
    // Not a key of GPT2Config: the table stands in the checkpoint, and this says that it is not to be trained.
    ...(model.positions === "sinusoidal" ? { position_embedding_type: "sinusoidal" } : {}),
    resid_pdrop: model.dropout.residual,
    scale_attn_weights: true,
    tie_word_embeddings: model.tied,
    torch_dtype: "float32",
    use_cache: true,
    vocab_size: model.vocabularySize,
  };
}

function llamaConfig(model: ResolvedModel, { bos, eos }: SpecialTokenIds): Record<string, unknown> {
  const scaling = model.rope.scaling === undefined ? undefined : ropeScaling(model.rope.scaling);
  return {
    architectures: ["LlamaForCausalLM"],
    attention_bias: model.attentionBias,
    attention_dropout: model.dropout.attention,
    bos_token_id: bos,
    eos_token_id: eos,
    head_dim: model.headWidth,
    hidden_act: model.activation,
    hidden_size: model.width,
    initializer_range: 0.02,
    intermediate_size: model.innerWidth,
    max_position_embeddings: model.contextLength,
    mlp_bias: model.mlpBias,
    model_type: "llama",
    num_attention_heads: model.heads,
    num_hidden_layers: model.layers,
    num_key_value_heads: model.keyValueHeads,
    rms_norm_eps: model.normEpsilon,
    // transformers 5 reads the first, earlier ones the other two.
    rope_parameters: { rope_theta: model.rope.theta, ...(scaling ?? { rope_type: "default" }) },
    rope_scaling: scaling ?? null,
    rope_theta: model.rope.theta,
    tie_word_embeddings: model.tied,
    torch_dtype: "float32",
    use_cache: true,
    vocab_size: model.vocabularySize,
  };
}

function ropeScaling(scaling: RopeScaling): Record<string, unknown> {
  if (scaling.type === "linear") return { factor: scaling.factor, rope_type: "linear" };
  return {
    factor: scaling.factor,
    high_freq_factor: scaling.highFrequencyFactor,
    low_freq_factor: scaling.lowFrequencyFactor,
    original_max_position_embeddings: scaling.originalContextLength,
    rope_type: "llama3",
  };
}
