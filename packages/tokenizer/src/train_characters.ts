import { UNKNOWN_CHARACTER } from "./character_tokenizer.ts";
import { TooManyCharactersError } from "./errors.ts";
import { charactersJson } from "./tokenizer_json.ts";
import type { TrainOptions, TrainResult } from "./train_bpe.ts";
import { countWords } from "./word_counts.ts";

/** What is made of characters. */
interface CharactersOptions extends Pick<TrainOptions, "specialTokens" | "signal"> {
  /** Tokens that the vocabulary may have, special ones included; 200,000 unless told. */
  readonly mostTokens?: number;
}

/**
 * Makes a tokenizer whose tokens are the characters (code points) of the texts, in the order of Unicode, after the special tokens and
 * U+FFFD, which stands for all others. Texts stream by; equal sets of characters give equal bytes.
 * @param options Special tokens default to `<|endoftext|>`.
 * @throws {TooManyCharactersError} If there are more of them than `mostTokens`.
 * @throws {RangeError} If special tokens repeat, or one is a character of the vocabulary.
 */
export async function trainCharacters(
  texts: Iterable<string> | AsyncIterable<string>,
  { specialTokens = ["<|endoftext|>"], signal, mostTokens = 200_000 }: CharactersOptions = {},
): Promise<Pick<TrainResult, "json">> {
  const found = new Set<string>();
  const add = (text: string): void => {
    for (const character of text.toWellFormed()) found.add(character);
  };
  await countWords(texts, add, signal);
  found.delete(UNKNOWN_CHARACTER);
  const alphabet = [...found].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
  const tokens = [...specialTokens, UNKNOWN_CHARACTER, ...alphabet];
  if (tokens.length > mostTokens) throw new TooManyCharactersError(tokens.length, mostTokens);
  if (new Set(tokens).size !== tokens.length) {
    throw new RangeError(
      `specialTokens: expected distinct texts, none a character, found ${JSON.stringify(specialTokens)}`,
    );
  }
  return { json: charactersJson({ tokens, specialTokens, unknown: UNKNOWN_CHARACTER }) };
}
