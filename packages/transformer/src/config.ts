/** Which non-linearity stands in the feed-forward part, by Hugging Face's name: `gelu_new` is the tanh form, `gelu` the exact one. */
export const ACTIVATIONS = ["gelu_new", "gelu", "relu", "silu"] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** Stretches rotary positions beyond the context that a model was first trained with. */
export type RopeScaling =
  | { readonly type: "linear"; readonly factor: number }
  | {
      readonly type: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalContextLength: number;
    };

/** Shares of elements that training sets to zero, each in [0, 1). A family without a place has 0 there. */
export interface DropoutRates {
  /** After the embeddings. */
  readonly embedding: number;
  /** On the attention probabilities. */
  readonly attention: number;
  /** On what each half of a block adds to the residual stream. */
  readonly residual: number;
}

/**
 * Shape of a language model; everything else about it follows from this. Keys that may be absent have the default of the family,
 * see `resolveModel`; keys that the family does not have must be absent.
 */
export interface ModelConfig {
  /** The class in Hugging Face's transformers: `gpt2` is GPT2LMHeadModel, `llama` is LlamaForCausalLM. */
  readonly architecture: "gpt2" | "llama";
  /** Number of token ids, V. */
  readonly vocabularySize: number;
  /** Longest sequence in tokens, T. */
  readonly contextLength: number;
  /** Number of blocks, L. */
  readonly layers: number;
  /** Attention heads a block, H. */
  readonly heads: number;
  /** Width of the residual stream, D; a multiple of the heads unless `headWidth` is given. */
  readonly width: number;
  /** gpt2: a position table that is trained, or one of sines that is not. Default `learned`. */
  readonly positions?: "learned" | "sinusoidal" | undefined;
  /** llama: angles of the rotary positions. Default theta 10,000 without scaling. */
  readonly rope?: { readonly theta: number; readonly scaling?: RopeScaling | undefined } | undefined;
  /** llama: heads of keys and values, each shared by as many query heads; divides `heads`. Default `heads`. */
  readonly keyValueHeads?: number | undefined;
  /** llama: width of one head, K; even. Default D / H. */
  readonly headWidth?: number | undefined;
  /** Width inside the feed-forward part. Default 4 D for gpt2, 8/3 D rounded up to a multiple of 32 for llama. */
  readonly innerWidth?: number | undefined;
  /** Default `gelu_new` for gpt2, `silu` for llama, where it acts on the gate. */
  readonly activation?: Activation | undefined;
  /** Added to the variance or mean square in each norm. Default 1e-5 for gpt2, 1e-6 for llama. */
  readonly normEpsilon?: number | undefined;
  /** Whether the output matrix is the token embedding. Default true for gpt2, false for llama. */
  readonly tied?: boolean | undefined;
  /** llama: whether the projections of attention have biases. Default false. */
  readonly attentionBias?: boolean | undefined;
  /** llama: whether the feed-forward projections have biases. Default false. */
  readonly mlpBias?: boolean | undefined;
  /** gpt2 has all three places, llama `attention` alone. Default none. */
  readonly dropout?: { readonly [Place in keyof DropoutRates]?: number | undefined } | undefined;
}

/** A configuration with nothing left open; what the family does not have is as if it were not there. */
export interface ResolvedModel {
  readonly architecture: ModelConfig["architecture"];
  readonly vocabularySize: number;
  readonly contextLength: number;
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly positions: "learned" | "sinusoidal" | "rotary";
  readonly rope: NonNullable<ModelConfig["rope"]>;
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly innerWidth: number;
  readonly activation: Activation;
  readonly normEpsilon: number;
  readonly tied: boolean;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
  readonly dropout: DropoutRates;
}

const FOREIGN_KEYS: Readonly<Record<ModelConfig["architecture"], readonly (keyof ModelConfig)[]>> = {
  gpt2: ["rope", "keyValueHeads", "headWidth", "attentionBias", "mlpBias"],
  llama: ["positions"],
};

/** What the family has where a configuration's extents are these and nothing else is said. Not checked. */
export function defaultsOf({ architecture, ...extents }: ModelConfig): ResolvedModel {
  const { vocabularySize, contextLength, layers, heads, width } = extents;
  const isLlama = architecture === "llama";
  return {
    architecture,
    vocabularySize,
    contextLength,
    layers,
    heads,
    width,
    positions: isLlama ? "rotary" : "learned",
    rope: { theta: 10_000 },
    keyValueHeads: heads,
    headWidth: width / heads,
    innerWidth: isLlama ? 32 * Math.ceil((8 * width) / 3 / 32) : 4 * width,
    activation: isLlama ? "silu" : "gelu_new",
    normEpsilon: isLlama ? 1e-6 : 1e-5,
    tied: !isLlama,
    attentionBias: !isLlama,
    mlpBias: !isLlama,
    dropout: { embedding: 0, attention: 0, residual: 0 },
  };
}

/**
 * Fills in what a configuration leaves open.
 * @throws {RangeError} If a value is not in its range, values do not fit each other, or the family does not have a key.
 */
export function resolveModel(config: ModelConfig): ResolvedModel {
  checkFamily(config);
  const defaults = defaultsOf(config);
  const { dropout = {} } = config;
  const model: ResolvedModel = {
    ...defaults,
    positions: config.positions ?? defaults.positions,
    rope: config.rope ?? defaults.rope,
    keyValueHeads: config.keyValueHeads ?? defaults.keyValueHeads,
    headWidth: config.headWidth ?? defaults.headWidth,
    innerWidth: config.innerWidth ?? defaults.innerWidth,
    activation: config.activation ?? defaults.activation,
    normEpsilon: config.normEpsilon ?? defaults.normEpsilon,
    tied: config.tied ?? defaults.tied,
    attentionBias: config.attentionBias ?? defaults.attentionBias,
    mlpBias: config.mlpBias ?? defaults.mlpBias,
    dropout: {
      embedding: dropout.embedding ?? 0,
      attention: dropout.attention ?? 0,
      residual: dropout.residual ?? 0,
    },
  };
  checkRanges(model);
  return model;
}

/**
 * Checks a configuration.
 * @throws {RangeError} As `resolveModel` does.
 */
export function checkModelConfig(config: ModelConfig): void {
  resolveModel(config);
}

function checkFamily(config: ModelConfig): void {
  const { architecture, dropout = {} } = config;
  if (!Object.hasOwn(FOREIGN_KEYS, architecture)) {
    throw new RangeError(`model configuration: found architecture "${String(architecture)}", wanted "gpt2" or "llama"`);
  }
  const foreign = FOREIGN_KEYS[architecture].find((key) => config[key] !== undefined);
  if (foreign !== undefined) {
    throw new RangeError(
      `model configuration: found the key ${foreign}, which the architecture ${architecture} does not have`,
    );
  }
  if (architecture === "llama" && ((dropout.embedding ?? 0) !== 0 || (dropout.residual ?? 0) !== 0)) {
    throw new RangeError(
      "model configuration: found dropout of embedding or residual, llama has it on attention alone",
    );
  }
}

function checkRanges(model: ResolvedModel): void {
  for (const key of [
    "vocabularySize",
    "contextLength",
    "layers",
    "heads",
    "width",
    "keyValueHeads",
    "innerWidth",
  ] as const) {
    if (!Number.isSafeInteger(model[key]) || model[key] < 1) fail(`${key} ${model[key]}`, "a positive integer");
  }
  const { heads, width, keyValueHeads, headWidth, normEpsilon, rope, dropout } = model;
  if (headWidth === width / heads && !Number.isSafeInteger(headWidth)) {
    fail(`width ${width} for ${heads} heads`, "a multiple of the heads");
  }
  if (!Number.isSafeInteger(headWidth) || headWidth < 1) fail(`headWidth ${headWidth}`, "a positive integer");
  if (model.positions === "rotary" && headWidth % 2 !== 0) fail(`a head of width ${headWidth}`, "an even one");
  if (model.positions === "sinusoidal" && width % 2 !== 0)
    fail(`sinusoidal positions of width ${width}`, "an even one");
  if (heads % keyValueHeads !== 0) fail(`keyValueHeads ${keyValueHeads} for ${heads} heads`, "a divisor of the heads");
  if (!ACTIVATIONS.includes(model.activation)) fail(`activation "${model.activation}"`, ACTIVATIONS.join(", "));
  if (!(normEpsilon > 0 && normEpsilon < 1)) fail(`normEpsilon ${normEpsilon}`, "a number between 0 and 1");
  if (!(rope.theta > 1 && Number.isFinite(rope.theta))) fail(`rope.theta ${rope.theta}`, "a number over 1");
  if (rope.scaling !== undefined) checkScaling(rope.scaling);
  for (const [place, rate] of Object.entries(dropout) as [string, number][]) {
    if (!(rate >= 0 && rate < 1)) fail(`dropout.${place} ${rate}`, "a number in [0, 1)");
  }
}

function checkScaling(scaling: RopeScaling): void {
  if (!(scaling.factor >= 1 && Number.isFinite(scaling.factor))) {
    fail(`rope.scaling.factor ${scaling.factor}`, "a number of at least 1");
  }
  if (scaling.type !== "llama3") return;
  const { lowFrequencyFactor, highFrequencyFactor, originalContextLength } = scaling;
  if (!(lowFrequencyFactor > 0 && highFrequencyFactor > lowFrequencyFactor && Number.isFinite(highFrequencyFactor))) {
    fail(
      `rope.scaling with frequency factors ${lowFrequencyFactor} and ${highFrequencyFactor}`,
      "a positive one and a greater one",
    );
  }
  if (!Number.isSafeInteger(originalContextLength) || originalContextLength < 1) {
    fail(`rope.scaling.originalContextLength ${originalContextLength}`, "a positive integer");
  }
}

function fail(found: string, wanted: string): never {
  throw new RangeError(`model configuration: found ${found}, wanted ${wanted}`);
}
