/**
 * Generates text from a trained model: sampling, stop sequences, log-probabilities, and many requests at once over the
 * fixed slots of a serving graph.
 *
 * ```ts
 * import { openExecutor } from "@millrace/execution/open";
 * import { createGenerator } from "@millrace/generation";
 *
 * const executor = await openExecutor(console.warn);
 * const generator = await createGenerator({ executor, config, parameters, tokenizer, endOfText: 0, slots: 8 });
 * for await (const { text } of generator.generate({ prompt: "The mill", maxTokens: 20, seed: 1 })) console.log(text);
 * await generator.close();
 * ```
 *
 * @module
 */
export { decoderGraphs, type DecoderGraphs } from "./decoder_state.ts";
export { createGenerator, type Generator, type GeneratorOptions } from "./generator.ts";
export type { TokenLogprob } from "./logprobs.ts";
export { ContextLengthExceededError, type GeneratedToken, type GenerationRequest } from "./request.ts";
export type { SamplingSettings } from "./sampling.ts";
