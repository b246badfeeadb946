/**
 * What to hold a language model against, and what to hold new text against: an n-gram model, verdicts in words, corpus
 * profiles. Compressed sizes are behind `@millrace/features/compression`.
 *
 * ```ts
 * import { bitsPerByte, trainKneserNey } from "@millrace/features";
 *
 * const ngrams = await trainKneserNey([[1, 2, 3, 1, 2, 3]], { vocabularySize: 4, bos: 0 });
 * console.log(bitsPerByte(ngrams.natsOf([1, 2, 3]), 3));
 * ```
 *
 * @module
 */
export {
  type CorpusProfile,
  corpusProfileSchema,
  mergeProfiles,
  type ProfiledDocument,
  profileOf,
} from "./corpus_profile.ts";
export { COUNTED_TOKENS, documentsIn } from "./counted_tokens.ts";
export { type KneserNey, type KneserNeyOptions, trainKneserNey } from "./kneser_ney.ts";
export { openingOf, type Passage, passageOf } from "./passage_rates.ts";
export { addPrompt, type ProfileFeature, profileFeatures } from "./profile_features.ts";
export { type BitsPerByte, bitsPerByte, verdict } from "./verdict.ts";
