import { UNKNOWN_CHARACTER } from "./character_tokenizer.ts";
import { TooManyCharactersError } from "./errors.ts";
import { charactersJson } from "./tokenizer_json.ts";
import type { TrainOptions, TrainResult } from "./train_bpe.ts";
import { countWords } from "./word_counts.ts";

/** Tokens that a vocabulary of characters may have, special ones included. */
const MOST_TOKENS = 200_000;

/**
 * Makes a tokenizer whose tokens are the characters (code points) of the texts, in the order of Unicode, after the special tokens and
 * U+FFFD, which stands for all others. Texts stream by; equal sets of characters give equal bytes.
 * @param options Special tokens default to `<|endoftext|>`.
 * @throws {TooManyCharactersError} If there are more than 200,000 of them, special ones included.
 * @throws {RangeError} If special tokens repeat, or one is a character of the vocabulary.
 */
export async function trainCharacters(
  texts: Iterable<string> | AsyncIterable<string>,
  { specialTokens = ["<|endoftext|>"], signal }: Pick<TrainOptions, "specialTokens" | "signal"> = {},
): Promise<Pick<TrainResult, "json">> {
  const found = new Set<string>();
  const add = (text: string): void => {
    for (const character of text.toWellFormed()) found.add(character);
  };
  await countWords(texts, add, signal);
  found.delete(UNKNOWN_CHARACTER);
  const alphabet = [...found].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
  const tokens = [...specialTokens, UNKNOWN_CHARACTER, ...alphabet];
  if (tokens.length > MOST_TOKENS) throw new TooManyCharactersError(tokens.length, MOST_TOKENS);
  if (new Set(tokens).size !== tokens.length) {
    throw new RangeError(
      `specialTokens: expected distinct texts, none a character, found ${JSON.stringify(specialTokens)}`,
    );
  }
  return { json: charactersJson({ tokens, specialTokens, unknown: UNKNOWN_CHARACTER }) };
}
