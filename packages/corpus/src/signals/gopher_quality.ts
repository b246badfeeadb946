/**
 * Gopher's quality signals: is this text made of words, in lines that are not mostly bullets or cut off?
 * @see Rae et al. 2021, "Scaling Language Models", appendix A.1.1, https://arxiv.org/abs/2112.11446
 * @see https://github.com/huggingface/datatrove src/datatrove/pipeline/filters/gopher_quality_filter.py
 */
import { hasNonPunctuation } from "./punctuation.ts";
import { codePoints, splitLines, strip } from "./text_lines.ts";

const STOP_WORDS = new Set(["the", "be", "to", "of", "and", "that", "have", "with"]);
const LETTER = /\p{L}/u;

/** What {@link gopherQuality} measures. Ratios have a denominator of 1 when there is nothing to divide by. */
export interface GopherQuality {
  /** Words which are not pure punctuation. */
  readonly wordCount: number;
  /** Mean code points of those words. */
  readonly meanWordLength: number;
  /** `#` signs per word; pure punctuation counts as a word here, as in all that follows. */
  readonly hashWordRatio: number;
  /** Ellipses (`...` or U+2026) per word. */
  readonly ellipsisWordRatio: number;
  /** Share of lines which begin with `•` or `-`. */
  readonly bulletLineRatio: number;
  /** Share of lines which end in an ellipsis. */
  readonly ellipsisLineRatio: number;
  /** Share of words with at least one letter. */
  readonly alphabeticWordRatio: number;
  /** How many of the eight English stop words stand in the text, exactly as listed (lower case). */
  readonly stopWordCount: number;
}

/**
 * Measures a text.
 * @param words Words and marks of `text`, see `splitWords`.
 */
export function gopherQuality(text: string, words: readonly string[]): GopherQuality {
  const real = words.filter(hasNonPunctuation);
  const lines = splitLines(text).map(strip);
  const perWord = 1 / Math.max(1, words.length);
  const perLine = 1 / Math.max(1, lines.length);
  const found = new Set(words.filter((word) => STOP_WORDS.has(word)));
  return {
    wordCount: real.length,
    meanWordLength: real.reduce((sum, word) => sum + codePoints(word), 0) / Math.max(1, real.length),
    hashWordRatio: occurrences(text, "#") * perWord,
    ellipsisWordRatio: (occurrences(text, "...") + occurrences(text, "…")) * perWord,
    bulletLineRatio: lines.filter((line) => line.startsWith("•") || line.startsWith("-")).length * perLine,
    ellipsisLineRatio: lines.filter((line) => line.endsWith("...") || line.endsWith("…")).length * perLine,
    alphabeticWordRatio: words.filter((word) => LETTER.test(word)).length * perWord,
    stopWordCount: found.size,
  };
}

/** Counts occurrences without overlap. */
function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}
