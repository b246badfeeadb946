/**
 * FineWeb's own quality signals: do lines end like sentences, are they long enough, do they repeat?
 * @see Penedo et al. 2024, "The FineWeb Datasets", section 3.6, https://arxiv.org/abs/2406.17557
 * @see https://github.com/huggingface/datatrove src/datatrove/pipeline/filters/fineweb_quality_filter.py
 */
import { endsInTerminal } from "./punctuation.ts";
import { findDuplicates } from "./repetition.ts";
import { codePoints, strip } from "./text_lines.ts";

const SHORT_LINE = 30;

/** What {@link finewebQuality} measures. */
export interface FinewebQuality {
  /** Lines which are not blank. */
  readonly lineCount: number;
  /** Share of those which end in a terminal mark. A trailing space hides the mark, as published. */
  readonly linePunctuationRatio: number;
  /** Share of those of at most 30 code points. */
  readonly shortLineRatio: number;
  /** Code points in duplicated lines over code points of the text without its line feeds. */
  readonly duplicateLineCharacterRatio: number;
  /** Line feeds per word. */
  readonly newlineWordRatio: number;
}

/**
 * Measures a text.
 * @param wordCount Words and marks of `text`.
 */
export function finewebQuality(text: string, wordCount: number): FinewebQuality {
  const all = text.split("\n");
  const lines = all.filter((line) => strip(line) !== "");
  const perLine = 1 / Math.max(1, lines.length);
  const newlines = all.length - 1;
  return {
    lineCount: lines.length,
    linePunctuationRatio: lines.filter(endsInTerminal).length * perLine,
    shortLineRatio: lines.filter((line) => codePoints(line) <= SHORT_LINE).length * perLine,
    duplicateLineCharacterRatio: findDuplicates(lines).characters / Math.max(1, codePoints(text) - newlines),
    newlineWordRatio: newlines / Math.max(1, wordCount),
  };
}
