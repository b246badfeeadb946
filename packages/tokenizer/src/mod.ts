/**
 * Tokenizers: train on a stream of texts, read and write Hugging Face `tokenizer.json`, encode, decode.
 *
 * ```ts
 * import { loadTokenizer, trainBpe } from "@millrace/tokenizer";
 *
 * const texts = Array.from({ length: 100 }, () => "the mill race turns the mill wheel");
 * const { json } = await trainBpe(texts, { vocabularySize: 270 });
 * const tokenizer = loadTokenizer(json);
 * console.log(tokenizer.decode(tokenizer.encode("the wheel"))); // the wheel
 * ```
 *
 * @module
 */
export { UNKNOWN_CHARACTER } from "./character_tokenizer.ts";
export {
  TokenizerFormatError,
  TooManyCharactersError,
  VocabularyTooLargeError,
  VocabularyTooSmallError,
} from "./errors.ts";
export { loadTokenizer } from "./load_tokenizer.ts";
export type { StreamDecoder } from "./stream_decoder.ts";
export type { Tokenizer } from "./tokenizer.ts";
export { trainBpe, type TrainOptions, type TrainResult } from "./train_bpe.ts";
export { trainCharacters } from "./train_characters.ts";
export { trainWordPiece } from "./train_wordpiece.ts";
