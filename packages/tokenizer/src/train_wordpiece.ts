import { bertWordEnd, normalizeBertText } from "./bert_text.ts";
import { VocabularyTooLargeError, VocabularyTooSmallError } from "./errors.ts";
import { createPairLearner } from "./pair_learner.ts";
import { wordPieceJson } from "./tokenizer_json.ts";
import { MINIMUM_PAIR_COUNT, type TrainOptions, type TrainResult } from "./train_bpe.ts";
import { countWords, createWordCounts, pause } from "./word_counts.ts";
import { CONTINUATION, UNKNOWN } from "./wordpiece_tokenizer.ts";

const SPECIAL_TOKENS = ["[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]"];
const MAX_ALPHABET = 1000;
const MERGES_BETWEEN_PAUSES = 32;

function byCodePoint(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}

/** Characters by how often they occur, of equals by code point; the first of them, in code point order. */
function alphabetOf(words: ReadonlyMap<string, number>, size: number): string[] {
  const counts = new Map<string, number>();
  for (const [word, count] of words) {
    for (const character of word) counts.set(character, (counts.get(character) ?? 0) + count);
  }
  return [...counts]
    .sort(([a, countA], [b, countB]) => countB - countA || byCodePoint(a, b))
    .slice(0, size)
    .map(([character]) => character)
    .sort(byCodePoint);
}

/**
 * Trains an uncased WordPiece tokenizer, deterministically. Pieces are learnt as byte-pair merges over characters, by
 * frequency with the ties of trainBpe(), and encoded by longest match. Of the characters the 1000 most frequent count,
 * and fewer where they would take more than half of the vocabulary.
 * @param options As for trainBpe(); special tokens default to BERT's five, and must hold `[UNK]`.
 * @throws {VocabularyTooSmallError} If the vocabulary has no room for the special tokens and a character.
 * @throws {RangeError} If special tokens repeat, or `[UNK]` is missing.
 * @throws {VocabularyTooLargeError} If fewer pairs than needed occur twice.
 */
export async function trainWordPiece(
  texts: Iterable<string> | AsyncIterable<string>,
  { vocabularySize, specialTokens = SPECIAL_TOKENS, maxWords = 2_000_000, signal }: TrainOptions,
): Promise<TrainResult> {
  const least = specialTokens.length + 2;
  if (!Number.isInteger(vocabularySize) || vocabularySize < least) {
    throw new VocabularyTooSmallError(vocabularySize, least);
  }
  if (!specialTokens.includes(UNKNOWN) || new Set(specialTokens).size < specialTokens.length) {
    throw new RangeError(
      `specialTokens: expected distinct texts with ${UNKNOWN}, found ${JSON.stringify(specialTokens)}`,
    );
  }
  const words = createWordCounts(maxWords, bertWordEnd);
  await countWords(texts, (text) => words.add(normalizeBertText(text, true)), signal);
  const spoken = new Map([...words.counts].filter(([word]) => !word.startsWith(" ")));

  const room = Math.floor((vocabularySize - specialTokens.length) / 2);
  const alphabet = alphabetOf(spoken, Math.min(MAX_ALPHABET, room));
  const tokens = [...specialTokens, ...alphabet, ...alphabet.map((character) => CONTINUATION + character)];
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  let unspelt = 0;
  const counted = [...spoken].flatMap(([word, count]) => {
    const ids = Array.from(word, (character, place) => idOf.get(place === 0 ? character : CONTINUATION + character));
    if (ids.every((id) => id !== undefined)) return [{ symbols: Int32Array.from(ids), count }];
    unspelt += count;
    return [];
  });

  const learner = createPairLearner(counted, MINIMUM_PAIR_COUNT);
  for (let merges = 1; tokens.length < vocabularySize; merges++) {
    const best = learner.best();
    if (best === undefined) throw new VocabularyTooLargeError(vocabularySize, tokens.length);
    const token = (tokens[best.left] ?? "") + (tokens[best.right] ?? "").slice(CONTINUATION.length);
    const merged = idOf.get(token) ?? tokens.length;
    if (merged === tokens.length) {
      idOf.set(token, merged);
      tokens.push(token);
    }
    learner.apply({ ...best, merged });
    if (merges % MERGES_BETWEEN_PAUSES === 0) await pause(signal);
  }
  return {
    json: wordPieceJson({ tokens, specialTokens }),
    distinctWords: counted.length,
    droppedWords: words.droppedWords + unspelt,
    longWords: words.longWords,
  };
}
