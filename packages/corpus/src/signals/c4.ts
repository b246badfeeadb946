/**
 * C4's line rules as FineWeb applies them: without the rule that a line must end in a terminal mark.
 * Lines are dropped one by one; what is left is a new text, and the later FineWeb rules look at that text.
 * @see Raffel et al. 2020, "Exploring the Limits of Transfer Learning", section 2.2, https://jmlr.org/papers/v21/20-074.html
 * @see https://github.com/huggingface/datatrove src/datatrove/pipeline/filters/c4_filters.py
 */
import { splitAtSpace, splitLines, strip } from "./text_lines.ts";
import { countSentences, type KnownPieces, splitWords } from "./words.ts";

const CITATION = /\[\d*\]|\[edit\]|\[citation needed\]/g;
const LONGEST_WORD = 1000;
const FEWEST_WORDS = 3;
const POLICY_PHRASES = [
  "terms of use",
  "privacy policy",
  "cookie policy",
  "uses cookies",
  "use of cookies",
  "use cookies",
] as const;

/** What C4's rules leave of a text, and what they saw. */
export interface C4Lines {
  /** Kept lines, stripped, without citations, joined by line feeds. */
  readonly text: string;
  readonly sentences: number;
  readonly lines: number;
  readonly keptLines: number;
  /** Whether a line long enough to be looked at says "lorem ipsum". */
  readonly loremIpsum: boolean;
  /** Whether a line that no earlier rule dropped has a `{`. */
  readonly curlyBracket: boolean;
}

/**
 * Applies the line rules. Where the published filter stops at the first reason, this goes on, so that all are seen.
 * @param known As in `splitWords`.
 */
export function c4Lines(text: string, known: KnownPieces = new Map()): C4Lines {
  const lines = splitLines(text);
  const kept: string[] = [];
  let sentences = 0;
  let loremIpsum = false;
  let curlyBracket = false;
  for (const raw of lines) {
    const whole = strip(raw);
    const pieces = splitAtSpace(whole);
    if (pieces.some((piece) => piece.length > LONGEST_WORD)) continue;
    const line = whole.replace(CITATION, "");
    // The count is of the line before its citations went, as published.
    if (pieces.length < FEWEST_WORDS) continue;
    const lower = line.toLowerCase();
    if (lower.includes("lorem ipsum")) loremIpsum = true;
    if (lower.includes("javascript")) continue;
    if (line.includes("{")) curlyBracket = true;
    if (POLICY_PHRASES.some((phrase) => lower.includes(phrase))) continue;
    sentences += countSentences(splitWords(line, known));
    kept.push(line);
  }
  return {
    text: strip(kept.join("\n")),
    sentences,
    lines: lines.length,
    keptLines: kept.length,
    loremIpsum,
    curlyBracket,
  };
}
