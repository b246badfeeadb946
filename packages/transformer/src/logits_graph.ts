import { input, onnxModel } from "@millrace/tensor";
import type { ModelConfig } from "./config.ts";
import { vocabularyScores } from "./decoder.ts";
import { quantisedWeights } from "./quantised_weights.ts";
import { type Graph, hiddenStates } from "./training_graph.ts";
import { parameterInputs } from "./weights.ts";

/** Extents of a graph that scores whole sequences. */
export interface LogitsOptions {
  /** B, sequences of `contextLength` tokens. */
  readonly batch: number;
  /** Parameters to write into the graph in 8 bits, as the serving graph has them. Without them they are inputs. */
  readonly quantise?: Float32Array;
}

/**
 * Writes the graph that scores every place of whole sequences: what quantised and full weights say of a text is compared with it.
 *
 * Inputs: every parameter by name (none if they are quantised); `tokens` int32 (B, T). Output: `logits` float32 (B T, V), row t the
 * scores of the token after token t.
 * @throws {RangeError} If the configuration or the batch is not valid, the parameters do not fit, or the file would exceed 2 GiB.
 */
export function logitsGraph(config: ModelConfig, { batch, quantise }: LogitsOptions): Graph {
  if (!Number.isSafeInteger(batch) || batch < 1) {
    throw new RangeError(`logitsGraph: found batch ${batch}, wanted a positive integer`);
  }
  const { inputs, weights } =
    quantise === undefined ? parameterInputs(config) : { inputs: [], weights: quantisedWeights(config, quantise) };
  const tokens = input("tokens", "int32", [batch, config.contextLength]);
  const logits = vocabularyScores(config, hiddenStates(config, weights, tokens), weights);
  return { model: onnxModel({ name: "logits", inputs: [...inputs, tokens], outputs: { logits } }) };
}
