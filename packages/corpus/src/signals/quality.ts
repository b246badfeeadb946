/**
 * One number for how much a text reads like prose that someone wrote to be read: the geometric mean of memberships, each of
 * which is 1 in the usual range of a signal and falls to nearly 0 outside. A summary to sort and look at; policies never ask it.
 */
import type { GopherQuality } from "./gopher_quality.ts";

/** What {@link qualityOf} looks at, all of the prose of a text. */
export interface QualityInput {
  readonly gopher: GopherQuality;
  /** Share of lines that end in a terminal mark, and of characters in duplicated lines. */
  readonly linePunctuationRatio: number;
  readonly duplicateLineCharacterRatio: number;
  /** Characters in repeated 5-grams over all. */
  readonly duplicateGramRatio: number;
  /** Stop words count only for English: pass false for a text known to be in another language. */
  readonly english: boolean;
}

/** Nothing pulls the mean below this to the power of its weight, so that one odd signal does not hide all others. */
const FLOOR = 0.02;

/**
 * Gives the quality of a text.
 * @returns A number in [0, 1].
 */
export function qualityOf(input: QualityInput): number {
  const { gopher } = input;
  if (gopher.wordCount === 0) return 0;
  const memberships = [
    rising(gopher.wordCount, 3, 60),
    rising(gopher.meanWordLength, 1.5, 3.2),
    falling(gopher.meanWordLength, 8, 14),
    rising(gopher.alphabeticWordRatio, 0.4, 0.75),
    falling(gopher.hashWordRatio + gopher.ellipsisWordRatio, 0.03, 0.2),
    falling(gopher.ellipsisLineRatio, 0.1, 0.6),
    rising(input.linePunctuationRatio, -0.2, 0.3),
    falling(input.duplicateLineCharacterRatio, 0.02, 0.4),
    falling(input.duplicateGramRatio, 0.05, 0.4),
    input.english ? rising(gopher.stopWordCount, -0.3, 3) : 1,
  ];
  const logarithm = memberships.reduce((sum, value) => sum + Math.log(Math.max(FLOOR, value)), 0);
  // The sharper exponent spreads the scores: with ten signals a plain mean keeps a text with two clear faults above one half.
  return Math.exp((2.5 * logarithm) / memberships.length);
}

function rising(value: number, zero: number, one: number): number {
  return Math.min(1, Math.max(0, (value - zero) / (one - zero)));
}

function falling(value: number, one: number, zero: number): number {
  return 1 - rising(value, one, zero);
}
