/**
 * Gopher's repetition signals: how much of a text stands in it more than once.
 * Counting rules follow datatrove: the denominator is always the length of the whole text; a duplicated n-gram is skipped whole,
 * so overlapping repeats count once; the most frequent n-gram counts even when it stands there once.
 * N-grams are compared through a rolling hash over their characters, made from one hash a word, so that no string is joined.
 * @see Rae et al. 2021, "Scaling Language Models", table A1, https://arxiv.org/abs/2112.11446
 * @see https://github.com/huggingface/datatrove src/datatrove/pipeline/filters/gopher_repetition_filter.py
 */
import { GramTable, RollingGrams } from "./rolling_grams.ts";
import { codePoints, strip } from "./text_lines.ts";

/** Duplicated elements, and the code points in them, of a list. The first of equals is not a duplicate. */
export interface Duplicates {
  readonly elements: number;
  readonly characters: number;
}

/** Counts what stands in a list a second time or more. */
export function findDuplicates(elements: readonly string[]): Duplicates {
  const seen = new Set<string>();
  let duplicates = 0;
  let characters = 0;
  for (const element of elements) {
    if (seen.size === seen.add(element).size) {
      duplicates++;
      characters += codePoints(element);
    }
  }
  return { elements: duplicates, characters };
}

/** Shares of a text which are duplicated paragraphs and lines, each in [0, 1]. */
export interface BlockRepetition {
  readonly paragraphs: number;
  readonly paragraphCharacters: number;
  readonly lines: number;
  readonly lineCharacters: number;
}

/**
 * Measures duplicated paragraphs (split at two or more line feeds) and lines (split at one or more).
 * @param length Code points of `text`.
 */
export function blockRepetition(text: string, length: number): BlockRepetition {
  const paragraphs = strip(text).split(/\n{2,}/);
  const lines = text.split(/\n+/);
  const paragraph = findDuplicates(paragraphs);
  const line = findDuplicates(lines);
  return {
    paragraphs: paragraph.elements / paragraphs.length,
    paragraphCharacters: length === 0 ? 0 : paragraph.characters / length,
    lines: line.elements / lines.length,
    lineCharacters: length === 0 ? 0 : line.characters / length,
  };
}

/** Sizes n of the n-grams whose most frequent one is measured, and of those whose duplicates are. */
export const TOP_SIZES = [2, 3, 4] as const;
export const DUPLICATE_SIZES = [5, 6, 7, 8, 9, 10] as const;

/**
 * Code points of the most frequent word n-gram, times its count, by n. Its words count with single spaces between them.
 * @param words Words and marks in order, see `splitWords`.
 * @param sizes Values of n, rising.
 */
export function topGrams(words: readonly string[], sizes: readonly number[]): Map<number, number> {
  const lengths = Uint32Array.from(words, codePoints);
  const grams = new RollingGrams(words, " ");
  return new Map(sizes.map((size) => [size, topCharacters(grams, lengths, size)]));
}

/**
 * Code points of word n-grams that stand in the text before, by n. Its words count without spaces.
 * @param words Words and marks in order, see `splitWords`.
 * @param sizes Values of n, rising.
 */
export function duplicateGrams(words: readonly string[], sizes: readonly number[]): Map<number, number> {
  const lengths = Uint32Array.from(words, codePoints);
  const grams = new RollingGrams(words, "");
  return new Map(sizes.map((size) => [size, duplicateCharacters(grams, lengths, size)]));
}

function gramCharacters(lengths: Uint32Array, start: number, size: number): number {
  let characters = 0;
  for (let index = start; index < start + size; index++) characters += lengths[index] ?? 0;
  return characters;
}

function topCharacters(grams: RollingGrams, lengths: Uint32Array, size: number): number {
  if (grams.count < size) return 0;
  grams.growTo(size);
  const table = new GramTable(grams);
  let most = 0;
  for (let start = 0; start + size <= grams.count; start++) most = Math.max(most, table.add(start));
  return (gramCharacters(lengths, table.firstMost(), size) + size - 1) * most;
}

function duplicateCharacters(grams: RollingGrams, lengths: Uint32Array, size: number): number {
  if (grams.count < size) return 0;
  grams.growTo(size);
  const table = new GramTable(grams);
  let characters = 0;
  let start = 0;
  while (start + size <= grams.count) {
    const repeated = table.add(start) > 1;
    if (repeated) characters += gramCharacters(lengths, start, size);
    start += repeated ? size : 1;
  }
  return characters;
}
