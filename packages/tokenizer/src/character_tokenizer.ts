import { TokenizerFormatError } from "./errors.ts";
import { expectArray, expectObject, expectOneOf, type TokenizerFile } from "./read_tokenizer_json.ts";
import { createTokenizer, type Tokenizer } from "./tokenizer.ts";

/** Stands for every character that the vocabulary does not have: Unicode's own sign for what cannot be shown. */
export const UNKNOWN_CHARACTER = "\ufffd";

/** Whether a file is of characters: BPE without merges and without a split into words. */
export function isOfCharacters({ document, model }: TokenizerFile): boolean {
  const { merges } = model;
  return (document["pre_tokenizer"] ?? null) === null && Array.isArray(merges) && merges.length === 0;
}

/**
 * Makes a tokenizer of a parsed file in which every token but the added ones is a character, that is a code point. A character that it
 * does not have, half a surrogate pair too, becomes the file's unknown token.
 * @throws {TokenizerFormatError} If the file asks for anything that is not implemented here.
 */
export function characterTokenizer(file: TokenizerFile): Tokenizer {
  const { document, model, tokens, addedTokens, plainTokens } = file;
  expectOneOf(document, "normalizer", "file", [null]);
  expectOneOf(expectObject(document["decoder"], "decoder"), "type", "decoder", ["Fuse"]);
  expectOneOf(model, "dropout", "model", [null, 0]);
  for (const key of ["byte_fallback", "fuse_unk"]) expectOneOf(model, key, "model", [null, false]);
  for (const key of ["continuing_subword_prefix", "end_of_word_suffix"]) expectOneOf(model, key, "model", [null, ""]);
  expectArray(model["merges"], "model.merges");
  const idOf = new Map<string, number>();
  for (const [token, id] of Object.entries(expectObject(model["vocab"], "model.vocab"))) {
    if (addedTokens.has(token)) continue;
    const [first = ""] = token;
    if (first === "" || first !== token)
      throw new TokenizerFormatError("model.vocab", token, "tokens of one character");
    idOf.set(token, id as number);
  }
  const unknown = file.idOf.get(String(model["unk_token"]));
  if (unknown === undefined) throw new TokenizerFormatError("model.unk_token", model["unk_token"], "a token");

  return createTokenizer({
    kind: "characters",
    vocabularySize: tokens.length,
    specialTokens: addedTokens,
    plainTokens,
    encodePart(text, push) {
      for (const character of text) push(idOf.get(character) ?? unknown);
    },
    streamDecoder: () => ({
      push(id) {
        const token = tokens[id];
        if (token === undefined) throw new RangeError(`Cannot decode token ${id}: the vocabulary has no such id`);
        return token;
      },
      flush: () => "",
    }),
  });
}
