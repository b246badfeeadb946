/**
 * Reads the `config.json` of others. Absent keys have the defaults of GPT2Config and LlamaConfig; what we cannot compute is refused by
 * name. Sizes are bounded, so that a hostile file cannot ask for endless work.
 */
import { z } from "zod";
import {
  ACTIVATIONS,
  defaultsOf,
  type ModelConfig,
  type ResolvedModel,
  resolveModel,
  type RopeScaling,
} from "./config.ts";

/** What a `config.json` says. */
export interface HuggingFaceModel {
  /** Holds only what differs from the family's defaults. */
  readonly config: ModelConfig;
  readonly bos: number | undefined;
  /** Tokens that end a text; may be empty. */
  readonly eos: readonly number[];
}

const size = (largest: number): z.ZodNumber => z.int().min(1).max(largest);
const rate = z.number().min(0).lt(1);
const epsilon = z.number().gt(0).lt(1);
const tokenId = z.int().nonnegative();

const Activation = z
  .string()
  .transform((name) => ({ gelu_pytorch_tanh: "gelu_new", swish: "silu" })[name] ?? name)
  .pipe(z.enum(ACTIVATIONS));

const Shared = {
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  quantization_config: z.null("found quantised weights, wanted float ones").optional(),
};

const Gpt2 = z.object({
  ...Shared,
  model_type: z.literal("gpt2"),
  vocab_size: size(1 << 22).default(50257),
  n_positions: size(1 << 20).default(1024),
  n_embd: size(1 << 16).default(768),
  n_layer: size(1024).default(12),
  n_head: size(1024).default(12),
  n_inner: size(1 << 18).nullish(),
  activation_function: Activation.default("gelu_new"),
  resid_pdrop: rate.default(0.1),
  embd_pdrop: rate.default(0.1),
  attn_pdrop: rate.default(0.1),
  layer_norm_epsilon: epsilon.default(1e-5),
  tie_word_embeddings: z.boolean().default(true),
  position_embedding_type: z.enum(["absolute", "sinusoidal"]).default("absolute"),
  scale_attn_weights: z.literal(true).optional(),
  scale_attn_by_inverse_layer_idx: z.literal(false).optional(),
  add_cross_attention: z.literal(false).optional(),
});

const Rope = z.object({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().gt(1).optional(),
  factor: z.number().min(1).optional(),
  low_freq_factor: z.number().positive().optional(),
  high_freq_factor: z.number().positive().optional(),
  original_max_position_embeddings: size(1 << 24).optional(),
  partial_rotary_factor: z.literal(1).optional(),
});

const Llama = z.object({
  ...Shared,
  model_type: z.literal("llama"),
  vocab_size: size(1 << 22).default(32000),
  hidden_size: size(1 << 16).default(4096),
  intermediate_size: size(1 << 18).default(11008),
  num_hidden_layers: size(1024).default(32),
  num_attention_heads: size(1024).default(32),
  num_key_value_heads: size(1024).nullish(),
  head_dim: size(1 << 12).nullish(),
  hidden_act: Activation.default("silu"),
  max_position_embeddings: size(1 << 20).default(2048),
  rms_norm_eps: epsilon.default(1e-6),
  attention_bias: z.boolean().default(false),
  attention_dropout: rate.default(0),
  mlp_bias: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(false),
  rope_theta: z.number().gt(1).optional(),
  rope_scaling: Rope.nullish(),
  rope_parameters: Rope.nullish(),
});

/**
 * Reads a parsed `config.json`.
 * @throws {TypeError} If the model is of another class, a value has no meaning, or the class is asked for something we do not compute.
 */
export function readHuggingFaceConfig(json: unknown): HuggingFaceModel {
  const { model_type: type } = z.looseObject({ model_type: z.unknown() }).catch({ model_type: undefined }).parse(json);
  if (type !== "gpt2" && type !== "llama") {
    throw new TypeError(`reading config.json: found model_type ${JSON.stringify(type)}, wanted "gpt2" or "llama"`);
  }
  const parsed = z.discriminatedUnion("model_type", [Gpt2, Llama]).safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const key = issue?.path.join(".") ?? "";
    throw new TypeError(`reading config.json: ${key}: ${issue?.message}`);
  }
  const { data } = parsed;
  const config = withoutDefaults(data.model_type === "gpt2" ? gpt2Model(data) : llamaModel(data));
  const { bos_token_id: bos, eos_token_id: eos } = data;
  return { config, bos: bos ?? undefined, eos: eos === null || eos === undefined ? [] : [eos].flat() };
}

function gpt2Model(read: z.infer<typeof Gpt2>): ModelConfig {
  return {
    architecture: "gpt2",
    vocabularySize: read.vocab_size,
    contextLength: read.n_positions,
    layers: read.n_layer,
    heads: read.n_head,
    width: read.n_embd,
    positions: read.position_embedding_type === "sinusoidal" ? "sinusoidal" : "learned",
    innerWidth: read.n_inner ?? undefined,
    activation: read.activation_function,
    normEpsilon: read.layer_norm_epsilon,
    tied: read.tie_word_embeddings,
    dropout: { embedding: read.embd_pdrop, attention: read.attn_pdrop, residual: read.resid_pdrop },
  };
}

function llamaModel(read: z.infer<typeof Llama>): ModelConfig {
  const rope = read.rope_parameters ?? read.rope_scaling;
  const scaling = rope === null || rope === undefined ? undefined : ropeScaling(rope);
  return {
    architecture: "llama",
    vocabularySize: read.vocab_size,
    contextLength: read.max_position_embeddings,
    layers: read.num_hidden_layers,
    heads: read.num_attention_heads,
    width: read.hidden_size,
    keyValueHeads: read.num_key_value_heads ?? undefined,
    headWidth: read.head_dim ?? undefined,
    innerWidth: read.intermediate_size,
    activation: read.hidden_act,
    normEpsilon: read.rms_norm_eps,
    tied: read.tie_word_embeddings,
    attentionBias: read.attention_bias,
    mlpBias: read.mlp_bias,
    rope: {
      theta: read.rope_parameters?.rope_theta ?? read.rope_theta ?? 10_000,
      ...(scaling === undefined ? {} : { scaling }),
    },
    dropout: { attention: read.attention_dropout },
  };
}

function ropeScaling(rope: z.infer<typeof Rope>): RopeScaling | undefined {
  const type = rope.rope_type ?? rope.type ?? "default";
  if (type === "default") return undefined;
  const needed = <Key extends keyof typeof rope>(key: Key): NonNullable<(typeof rope)[Key]> => {
    const value = rope[key];
    if (value !== undefined && value !== null) return value;
    throw new TypeError(`reading config.json: rotary positions of type "${type}" without ${key}`);
  };
  if (type === "linear") return { type, factor: needed("factor") };
  if (type === "llama3") {
    return {
      type,
      factor: needed("factor"),
      lowFrequencyFactor: needed("low_freq_factor"),
      highFrequencyFactor: needed("high_freq_factor"),
      originalContextLength: needed("original_max_position_embeddings"),
    };
  }
  throw new TypeError(
    `reading config.json: found rotary positions of type ${JSON.stringify(type)}, wanted default, linear or llama3`,
  );
}

const OPTIONAL_KEYS = [
  "positions",
  "rope",
  "keyValueHeads",
  "headWidth",
  "innerWidth",
  "activation",
  "normEpsilon",
  "tied",
  "attentionBias",
  "mlpBias",
  "dropout",
] as const;

/** Leaves out what says no more than its absence does, so that one model has one configuration. */
function withoutDefaults(config: ModelConfig): ModelConfig {
  const resolved = checked(config);
  const defaults = defaultsOf(config);
  const isDefault = (key: (typeof OPTIONAL_KEYS)[number]): boolean =>
    JSON.stringify(resolved[key]) === JSON.stringify(defaults[key]);
  return Object.fromEntries(
    Object.entries(config).filter(([name]) => !OPTIONAL_KEYS.some((key) => key === name && isDefault(key))),
  ) as unknown as ModelConfig;
}

function checked(config: ModelConfig): ResolvedModel {
  try {
    return resolveModel(config);
  } catch (error) {
    if (error instanceof RangeError) throw new TypeError(`reading config.json: ${error.message}`, { cause: error });
    throw error;
  }
}
