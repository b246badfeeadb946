import { ALPHABET_BYTES, textOfBytes } from "./byte_alphabet.ts";
import { VocabularyTooLargeError, VocabularyTooSmallError } from "./errors.ts";
import { createPairLearner } from "./pair_learner.ts";
import { bpeJson } from "./tokenizer_json.ts";
import { countWords, createWordCounts, pause } from "./word_counts.ts";

/** What to learn. */
export interface TrainOptions {
  /** Tokens in all: special tokens, 256 bytes (WordPiece: characters), merges. */
  readonly vocabularySize: number;
  /** Takes as many tokens as the texts support where those are fewer, instead of refusing. Default false. */
  readonly orFewer?: boolean;
  /** They take the first ids, in this order; default of trainBpe() one, `<|endoftext|>`, id 0. */
  readonly specialTokens?: readonly string[];
  /** Most distinct words held while counting, default 2,000,000 (about 300 MB); see createWordCounts(). */
  readonly maxWords?: number;
  /** Stops training; it is looked at every few milliseconds. */
  readonly signal?: AbortSignal;
}

/** A trained tokenizer and what its training left out. */
export interface TrainResult {
  /** The tokenizer.json; give it to loadTokenizer(). Equal texts and options give equal bytes. */
  readonly json: string;
  /** Distinct words the merges were learnt from. */
  readonly distinctWords: number;
  /** Occurrences of rare words forgotten because of `maxWords` (WordPiece: and of words with too rare a character). */
  readonly droppedWords: number;
  /** Occurrences left out because they were longer than 1024 UTF-16 units. */
  readonly longWords: number;
}

/** Least count of a pair worth a token: a pair seen once says nothing of the next text. */
export const MINIMUM_PAIR_COUNT = 2;
const MERGES_BETWEEN_PAUSES = 32;

/**
 * Trains a byte-level BPE tokenizer, deterministically: the most frequent pair merges first, of equals the one with the
 * smaller left id, then right id. Texts stream by; memory is bounded by the count of distinct words.
 * @param texts Documents, in any order.
 * @throws {VocabularyTooSmallError} If the vocabulary has no room for the special tokens and the 256 bytes.
 * @throws {RangeError} If special tokens repeat, or one is a single byte.
 * @throws {VocabularyTooLargeError} If fewer pairs than needed occur twice, unless fewer tokens will do.
 * @see Sennrich et al. 2016; Radford et al. 2019 for the bytes and the split.
 */
export async function trainBpe(
  texts: Iterable<string> | AsyncIterable<string>,
  { vocabularySize, orFewer = false, specialTokens = ["<|endoftext|>"], maxWords = 2_000_000, signal }: TrainOptions,
): Promise<TrainResult> {
  const least = specialTokens.length + ALPHABET_BYTES.length;
  if (!Number.isInteger(vocabularySize) || vocabularySize < least) {
    throw new VocabularyTooSmallError(vocabularySize, least);
  }
  const tokens = [...specialTokens, ...ALPHABET_BYTES.map((byte) => textOfBytes([byte]))];
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  if (idOf.size !== tokens.length) {
    throw new RangeError(
      `specialTokens: expected distinct texts, none a single byte, found ${JSON.stringify(specialTokens)}`,
    );
  }

  const words = createWordCounts(maxWords);
  await countWords(texts, words.add, signal);
  const encoder = new TextEncoder();
  const idOfByte = Int32Array.from({ length: 256 }, (_, byte) => idOf.get(textOfBytes([byte])) ?? 0);
  const counted = [...words.counts].map(([word, count]) => ({
    symbols: Int32Array.from(encoder.encode(word), (byte) => idOfByte[byte] ?? 0),
    count,
  }));
  const learner = createPairLearner(counted, MINIMUM_PAIR_COUNT);
  const merges: [string, string][] = [];
  while (tokens.length < vocabularySize) {
    const best = learner.best();
    if (best === undefined && orFewer) break;
    if (best === undefined) throw new VocabularyTooLargeError(vocabularySize, tokens.length);
    const left = tokens[best.left] ?? "";
    const right = tokens[best.right] ?? "";
    // Two merges may spell one token (a+bc, ab+c): it keeps its id.
    const merged = idOf.get(left + right) ?? tokens.length;
    if (merged === tokens.length) {
      idOf.set(left + right, merged);
      tokens.push(left + right);
    }
    merges.push([left, right]);
    learner.apply({ ...best, merged });
    if (merges.length % MERGES_BETWEEN_PAUSES === 0) await pause(signal);
  }
  return {
    json: bpeJson({ tokens, merges, specialTokens }),
    distinctWords: words.counts.size,
    droppedWords: words.droppedWords,
    longWords: words.longWords,
  };
}
