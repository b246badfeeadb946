/**
 * One pass over a text gives every signal that a policy may ask, kept beside the document so that a policy can change and be
 * applied again without the text. Three views of a text are measured: as it is (Gopher), what C4's line rules leave (FineWeb's
 * rules come after them), and its prose (for documentation, where code and tables are no noise).
 */
import { c4Lines } from "./c4.ts";
import { licenceRatio, releaseHeadingRatio } from "./document_kind.ts";
import { finewebQuality } from "./fineweb.ts";
import { gopherQuality, type GopherQuality } from "./gopher_quality.ts";
import { proseOf } from "./prose.ts";
import { qualityOf } from "./quality.ts";
import { blockRepetition, DUPLICATE_SIZES, duplicateGrams, TOP_SIZES, topGrams } from "./repetition.ts";
import type { SignalName } from "./signal_names.ts";
import { codePoints } from "./text_lines.ts";
import { type KnownPieces, splitWords } from "./words.ts";
import { countWrittenWords, writtenQuality } from "./written_words.ts";

/** What is known about a text beside itself. */
export interface SignalContext {
  /** Path or URI it was read from; licences and release notes are known by name. */
  readonly path?: string;
  /** Detected language (ISO 639-1) and the detector's confidence in [0, 1]. */
  readonly language?: { readonly code: string; readonly confidence: number };
}

/** Numbers by signal name, in the order of `SIGNAL_NAMES`. */
export type Signals = Readonly<Record<SignalName, number>>;

/** Signals of a text, and the text which C4's line rules leave of it. */
export interface Measured {
  readonly signals: Signals;
  /** Text for policies with `text: "c4_lines"`. */
  readonly c4Text: string;
}

/**
 * Measures a text. Time is linear in its length; memory about 100 bytes a word.
 * @param text Repaired text of one document.
 */
export function measure(text: string, context: SignalContext = {}): Measured {
  const length = codePoints(text);
  const known: KnownPieces = new Map();
  const words = splitWords(text, known);
  const c4 = c4Lines(text, known);
  const c4Words = c4.text === text ? words.length : splitWords(c4.text, known).length;
  const fineweb = finewebQuality(c4.text, c4Words);
  const { prose, ...proseSignals } = measureProse(text, words, length, known);
  const signals: Signals = {
    characters: length,
    words: words.length,
    language_confidence: context.language?.confidence ?? 0,
    ...gopherSignals(gopherQuality(text, words), words),
    ...repetitionSignals(text, words, length),
    c4_sentences: c4.sentences,
    c4_kept_line_ratio: c4.lines === 0 ? 0 : c4.keptLines / c4.lines,
    c4_lorem_ipsum: Number(c4.loremIpsum),
    c4_curly_bracket: Number(c4.curlyBracket),
    fineweb_lines: fineweb.lineCount,
    fineweb_line_punctuation_ratio: fineweb.linePunctuationRatio,
    fineweb_short_line_ratio: fineweb.shortLineRatio,
    fineweb_duplicate_line_character_ratio: fineweb.duplicateLineCharacterRatio,
    fineweb_newline_word_ratio: fineweb.newlineWordRatio,
    ...proseSignals,
    licence_ratio: licenceRatio(text, context.path),
    release_heading_ratio: releaseHeadingRatio(prose.headings, context.path),
    quality: qualityOf({
      gopher: prose.gopher,
      linePunctuationRatio: proseSignals.prose_line_punctuation_ratio,
      duplicateLineCharacterRatio: proseSignals.prose_duplicate_line_character_ratio,
      duplicateGramRatio: proseSignals.prose_duplicate_5_gram_character_ratio,
      english: (context.language?.code ?? "en") === "en",
    }),
  };
  return { signals, c4Text: c4.text };
}

/**
 * What is kept beside a document. Words as they are written are left out where Gopher counts as many, so that a corpus of text that
 * is written with spaces keeps the bytes it had before that signal.
 */
export function storedSignals({ written_words: written, ...others }: Signals): Readonly<Record<string, number>> {
  return written === others.gopher_words ? others : { ...others, written_words: written };
}

function gopherSignals(gopher: GopherQuality, words: readonly string[]) {
  return {
    gopher_words: gopher.wordCount,
    gopher_mean_word_length: gopher.meanWordLength,
    written_words: countWrittenWords(words),
    gopher_hash_word_ratio: gopher.hashWordRatio,
    gopher_ellipsis_word_ratio: gopher.ellipsisWordRatio,
    gopher_bullet_line_ratio: gopher.bulletLineRatio,
    gopher_ellipsis_line_ratio: gopher.ellipsisLineRatio,
    gopher_alphabetic_word_ratio: gopher.alphabeticWordRatio,
    gopher_stop_words: gopher.stopWordCount,
  };
}

type GramSignal = `top_${(typeof TOP_SIZES)[number]}_gram_character_ratio` | DuplicateGramSignal;
type DuplicateGramSignal = `duplicate_${(typeof DUPLICATE_SIZES)[number]}_gram_character_ratio`;

function repetitionSignals(text: string, words: readonly string[], length: number) {
  const blocks = blockRepetition(text, length);
  const top = topGrams(words, TOP_SIZES);
  const duplicate = duplicateGrams(words, DUPLICATE_SIZES);
  const ratio = (characters: number | undefined): number => (characters ?? 0) / Math.max(1, length);
  const gramSignals = Object.fromEntries([
    ...TOP_SIZES.map((size) => [`top_${size}_gram_character_ratio`, ratio(top.get(size))]),
    ...DUPLICATE_SIZES.map((size) => [`duplicate_${size}_gram_character_ratio`, ratio(duplicate.get(size))]),
  ]) as Record<GramSignal, number>;
  return {
    duplicate_paragraph_ratio: blocks.paragraphs,
    duplicate_paragraph_character_ratio: blocks.paragraphCharacters,
    duplicate_line_ratio: blocks.lines,
    duplicate_line_character_ratio: blocks.lineCharacters,
    ...gramSignals,
  };
}

function measureProse(text: string, allWords: readonly string[], allLength: number, known: KnownPieces) {
  const { text: plain, headings } = proseOf(text);
  const words = plain === text ? allWords : splitWords(plain, known);
  const length = codePoints(plain);
  const gopher = writtenQuality(plain, words);
  const lines = finewebQuality(plain, words.length);
  const duplicate = duplicateGrams(words, [5, 10]);
  return {
    prose: { headings, gopher },
    prose_words: gopher.wordCount,
    prose_character_ratio: length / Math.max(1, allLength),
    prose_mean_word_length: gopher.meanWordLength,
    prose_symbol_word_ratio: Math.max(gopher.hashWordRatio, gopher.ellipsisWordRatio),
    prose_alphabetic_word_ratio: gopher.alphabeticWordRatio,
    prose_line_punctuation_ratio: lines.linePunctuationRatio,
    prose_duplicate_line_character_ratio: lines.duplicateLineCharacterRatio,
    prose_duplicate_5_gram_character_ratio: (duplicate.get(5) ?? 0) / Math.max(1, length),
    prose_duplicate_10_gram_character_ratio: (duplicate.get(10) ?? 0) / Math.max(1, length),
  };
}
