import { bytesOfText, textOfBytes } from "./byte_alphabet.ts";
import { TokenizerFormatError } from "./errors.ts";
import { createMerger, type Merge } from "./merge.ts";
import { expectArray, expectObject, expectOneOf, type TokenizerFile } from "./read_tokenizer_json.ts";
import { readSplit } from "./split.ts";
import { createStreamDecoder } from "./stream_decoder.ts";
import { createTokenizer, type Tokenizer } from "./tokenizer.ts";

// Nearly all pretokens of a text are words seen before; long ones are not, and would only fill the memory.
const MAX_CACHED_WORDS = 100_000;
const MAX_CACHED_UNITS = 32;

function readMerges(file: TokenizerFile): Merge[] {
  return expectArray(file.model["merges"], "model.merges").map((value, index) => {
    const path = `model.merges[${index}]`;
    const pair = typeof value === "string" ? value.split(" ") : expectArray(value, path);
    const [left, right] = pair;
    if (pair.length !== 2 || typeof left !== "string" || typeof right !== "string") {
      throw new TokenizerFormatError(path, value, 'two tokens, as "a b" or ["a", "b"]');
    }
    const ids = [left, right, left + right].map((token) => {
      const id = file.idOf.get(token);
      if (id === undefined) throw new TokenizerFormatError(path, token, "a token of the vocabulary");
      return id;
    });
    return { left: ids[0] ?? 0, right: ids[1] ?? 0, merged: ids[2] ?? 0 };
  });
}

/** Ids of the 256 bytes. */
function readByteIds(file: TokenizerFile): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    const id = file.idOf.get(textOfBytes([byte]));
    if (id === undefined) throw new TokenizerFormatError("model.vocab", textOfBytes([byte]), "all 256 bytes as tokens");
    return id;
  });
}

function readTokenBytes(file: TokenizerFile): (Uint8Array | undefined)[] {
  const encoder = new TextEncoder();
  return Array.from(file.tokens, (token, id) => {
    if (token === undefined) return undefined;
    if (file.addedTokens.get(token) === id) return encoder.encode(token);
    const bytes = bytesOfText(token);
    if (bytes === undefined) throw new TokenizerFormatError("model.vocab", token, "a token in the byte alphabet");
    return bytes;
  });
}

/**
 * Makes a byte-level BPE tokenizer of a parsed file.
 * @throws {TokenizerFormatError} If the file asks for anything that is not implemented here.
 */
export function bpeTokenizer(file: TokenizerFile): Tokenizer {
  // Before its normalizer, which says less of what it is.
  if (file.model["byte_fallback"] === true) {
    const wanted = "a byte-level vocabulary, as GPT-2 and Llama 3 have; those of SentencePiece (Llama 2) are not read";
    throw new TokenizerFormatError("model.byte_fallback", true, wanted);
  }
  expectOneOf(file.model, "byte_fallback", "model", [null, false]);
  expectOneOf(file.document, "normalizer", "file", [null]);
  const cut = readSplit(file.document);
  expectOneOf(file.model, "dropout", "model", [null, 0]);
  for (const key of ["continuing_subword_prefix", "end_of_word_suffix"])
    expectOneOf(file.model, key, "model", [null, ""]);
  expectOneOf(file.model, "ignore_merges", "model", [null, false, true]);
  // A pretoken that is a token as it stands is not made of others, even where its merges would lead elsewhere.
  const whole = file.model["ignore_merges"] === true ? expectObject(file.model["vocab"], "model.vocab") : {};
  const merge = createMerger(readMerges(file));
  const byteIds = readByteIds(file);
  const tokenBytes = readTokenBytes(file);
  const encoder = new TextEncoder();
  const cache = new Map<string, number | readonly number[]>();

  function encodeWord(word: string): number | readonly number[] {
    const bytes = encoder.encode(word);
    const known = Object.hasOwn(whole, textOfBytes(bytes)) ? file.idOf.get(textOfBytes(bytes)) : undefined;
    const ids = known === undefined ? merge(Array.from(bytes, (byte) => byteIds[byte] ?? 0)) : [known];
    const result = ids.length === 1 && ids[0] !== undefined ? ids[0] : ids;
    if (word.length <= MAX_CACHED_UNITS) {
      if (cache.size >= MAX_CACHED_WORDS) cache.clear();
      cache.set(word, result);
    }
    return result;
  }

  return createTokenizer({
    kind: "bpe",
    vocabularySize: file.tokens.length,
    specialTokens: file.addedTokens,
    plainTokens: file.plainTokens,
    encodePart(text, push) {
      cut(text, (word) => {
        const ids = cache.get(word) ?? encodeWord(word);
        if (typeof ids === "number") push(ids);
        else for (const id of ids) push(id);
      });
    },
    streamDecoder: () =>
      createStreamDecoder((id) => {
        const bytes = tokenBytes[id];
        if (bytes === undefined) throw new RangeError(`Cannot decode token ${id}: the vocabulary has no such id`);
        return bytes;
      }),
  });
}
