/** Shape of a language model; everything else about it follows from this. */
export interface ModelConfig {
  /** GPT-2 as Hugging Face defines it: layer norm first, learned positions, tanh GELU, biases, output tied to the embedding. */
  readonly architecture: "gpt2";
  /** Number of token ids, V. */
  readonly vocabularySize: number;
  /** Longest sequence in tokens, T. */
  readonly contextLength: number;
  /** Number of blocks, L. */
  readonly layers: number;
  /** Attention heads a block, H. */
  readonly heads: number;
  /** Width of the residual stream, D; a multiple of the heads. */
  readonly width: number;
}

/** Added to the variance in each layer norm, as in GPT-2. */
export const LAYER_NORM_EPSILON = 1e-5;

/**
 * Checks a configuration.
 * @throws {RangeError} If the architecture is unknown, a number is not a positive integer, or the heads do not divide the width.
 */
export function checkModelConfig(config: ModelConfig): void {
  if (config.architecture !== "gpt2") {
    throw new RangeError(`model configuration: found architecture "${String(config.architecture)}", wanted "gpt2"`);
  }
  for (const key of ["vocabularySize", "contextLength", "layers", "heads", "width"] as const) {
    const value = config[key];
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`model configuration: found ${key} ${value}, wanted a positive integer`);
    }
  }
  if (config.width % config.heads !== 0) {
    throw new RangeError(
      `model configuration: found width ${config.width} for ${config.heads} heads, wanted a multiple of the heads`,
    );
  }
}
