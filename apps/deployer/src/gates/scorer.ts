import type { Executor, TensorView } from "@millrace/execution";
import type { ModelConfig, ServingWeights } from "@millrace/contracts";
import { logitsGraph, parameterLayout } from "@millrace/transformer";

/** A model that scores whole windows of text, with the weights that a replica has. */
export interface Scorer {
  readonly vocabularySize: number;
  /**
   * Scores every place of a window.
   * @param tokens At most `contextLength` ids.
   * @returns Logits, shape (contextLength, V), rows beyond the tokens without meaning; overwritten by the next call.
   */
  score(tokens: ArrayLike<number>): Promise<Float32Array>;
  close(): Promise<void>;
}

/** A model as it is stored. */
export interface ScoredModel {
  readonly config: ModelConfig;
  /** The flat vector of its parameters. */
  readonly parameters: Float32Array;
  readonly weights: ServingWeights;
}

/**
 * Loads a model for scoring.
 * @throws {RangeError} If the parameters do not fit the configuration.
 */
export async function openScorer(executor: Executor, { config, parameters, weights }: ScoredModel): Promise<Scorer> {
  const { contextLength, vocabularySize } = config;
  const isQuantised = weights === "int8";
  const { model } = logitsGraph(config, { batch: 1, ...(isQuantised ? { quantise: parameters } : {}) });
  const session = await executor.createSession(model, { threads: 1 });
  const tokens = new Int32Array(contextLength);
  const logits = new Float32Array(contextLength * vocabularySize);
  const feeds: Record<string, TensorView> = { tokens: { data: tokens, shape: [1, contextLength] } };
  if (!isQuantised) {
    for (const { name, shape, offset, size } of parameterLayout(config)) {
      feeds[name] = { data: parameters.subarray(offset, offset + size), shape };
    }
  }
  return {
    vocabularySize,
    async score(window) {
      tokens.fill(0);
      tokens.set(window);
      await session.run(feeds, { logits: { data: logits, shape: [contextLength, vocabularySize] } });
      return logits;
    },
    close: () => session.release(),
  };
}
