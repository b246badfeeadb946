import type { StreamDecoder } from "./stream_decoder.ts";

/** Turns text into token ids and back. */
export interface Tokenizer {
  readonly kind: "bpe" | "characters" | "wordpiece";
  /** Highest id + 1. */
  readonly vocabularySize: number;
  /** Tokens matched whole in a text, and their ids. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** Those of them that any text may hold: runs of blanks, for example. */
  readonly plainTokens: ReadonlySet<string>;
  /** Ids of a text. Special tokens written in it are recognised; none is added. */
  encode(text: string): Int32Array;
  /** Ids of a text whose special tokens are plain characters: for documents, which may say anything. Added tokens that are not special, such as runs of blanks, are recognised. */
  encodeOrdinary(text: string): Int32Array;
  /**
   * Text of ids, special tokens included. Bytes that are no UTF-8 become U+FFFD.
   * @throws {RangeError} If an id is outside the vocabulary.
   */
  decode(ids: Iterable<number>): string;
  /** A decoder for ids that come one by one. */
  streamDecoder(): StreamDecoder;
}

/** What differs between kinds of tokenizers. */
export interface TokenizerParts extends Pick<Tokenizer, "kind" | "vocabularySize" | "specialTokens" | "streamDecoder"> {
  /** Those of the special tokens that documents may hold; default none. */
  readonly plainTokens?: ReadonlySet<string>;
  /** Encodes a part of a text that holds no special token. */
  encodePart(text: string, push: (id: number) => void): void;
}

/** Matches any of the tokens; of two that begin at one place, the longer. */
function specialPattern(tokens: Iterable<string>): RegExp | undefined {
  const byLength = [...tokens].sort((a, b) => b.length - a.length);
  return byLength.length === 0 ? undefined : new RegExp(byLength.map((token) => RegExp.escape(token)).join("|"), "gu");
}

/** Ids in a typed array that grows. */
function createIds(capacity: number): { push(id: number): void; done(): Int32Array } {
  let ids = new Int32Array(capacity);
  let length = 0;
  return {
    push(id) {
      if (length === ids.length) {
        const larger = new Int32Array(2 * length);
        larger.set(ids);
        ids = larger;
      }
      ids[length++] = id;
    },
    done: () => ids.slice(0, length),
  };
}

/** Completes a tokenizer from its parts: special tokens and whole-text decoding are the same for all kinds. */
export function createTokenizer(parts: TokenizerParts): Tokenizer {
  const { kind, vocabularySize, specialTokens, plainTokens = new Set<string>(), encodePart, streamDecoder } = parts;
  const anyToken = specialPattern(specialTokens.keys());
  const plainToken = specialPattern(plainTokens);

  function encodeWith(text: string, pattern: RegExp | undefined): Int32Array {
    const ids = createIds(16 + (text.length >> 1));
    let from = 0;
    for (const match of pattern === undefined ? [] : text.matchAll(pattern)) {
      if (match.index > from) encodePart(text.slice(from, match.index), ids.push);
      ids.push(specialTokens.get(match[0]) ?? 0);
      from = match.index + match[0].length;
    }
    if (from < text.length) encodePart(text.slice(from), ids.push);
    return ids.done();
  }

  return {
    kind,
    vocabularySize,
    specialTokens,
    plainTokens,
    streamDecoder,
    encode: (text) => encodeWith(text, anyToken),
    encodeOrdinary: (text) => encodeWith(text, plainToken),
    decode(ids) {
      const decoder = streamDecoder();
      let text = "";
      for (const id of ids) text += decoder.push(id);
      return text + decoder.flush();
    },
  };
}
