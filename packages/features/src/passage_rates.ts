/**
 * What a text is like, by one passage of fixed length. The rates of a short text scatter more widely than those of a long
 * one, so documents and prompts compare only where both are measured over equally many characters. One passage a document:
 * each counts as one independent observation, which the passages inside a document are not.
 */
import { z } from "zod";

/** Code points of a passage: less than most prompts have. Shorter texts are not counted. */
const PASSAGE_CODE_POINTS = 40;

/** Width and number of the bins of each rate. */
export const PASSAGE_BINS = {
  /** UTF-8 bytes a token. Falls where the tokenizer is strange to the text. */
  bytesPerToken: { width: 0.5, bins: 20 },
  /** Share of letters among the code points. */
  letters: { width: 0.1, bins: 10 },
  /** Mean of floor(log2(id + 1)) over the tokens. Rises with rare tokens, which have high ids. */
  tokenRank: { width: 0.5, bins: 64 },
} as const;

export type RateName = keyof typeof PASSAGE_BINS;
export const RATE_NAMES = Object.keys(PASSAGE_BINS) as RateName[];

function histogram(name: RateName): z.ZodArray<z.ZodInt> {
  return z.array(z.int().nonnegative()).max(PASSAGE_BINS[name].bins);
}

/** Passages by bin; the last bin holds all above. Trailing empty bins are left out. */
export const passageRatesSchema = z.strictObject({
  bytesPerToken: histogram("bytesPerToken"),
  letters: histogram("letters"),
  tokenRank: histogram("tokenRank"),
});
export type PassageRates = z.infer<typeof passageRatesSchema>;

/** A passage and its tokens, by the tokenizer of the corpus. */
export interface Passage {
  readonly text: string;
  readonly tokens: ArrayLike<number>;
}

/** The beginning of a prompt; undefined if it is too short to be counted. */
export function openingOf(text: string): string | undefined {
  // A code point takes two units at most.
  const codePoints = Array.from(text.trimStart().slice(0, 2 * PASSAGE_CODE_POINTS)).slice(0, PASSAGE_CODE_POINTS);
  return codePoints.length < PASSAGE_CODE_POINTS ? undefined : codePoints.join("");
}

/**
 * A passage of a document, from the beginning of a line where one is near: documents open with titles and licences, which
 * people do not ask for. The place is spread over documents by their length, so that the same document has the same one.
 */
export function passageOf(text: string): string | undefined {
  const share = (Math.imul(text.length, 0x9e3779b1) >>> 0) / 2 ** 32;
  const from = Math.floor(share * Math.max(0, text.length - 2 * PASSAGE_CODE_POINTS));
  const line = from === 0 ? 0 : text.indexOf("\n", from) + 1;
  const isNear = line >= from && line - from < 10 * PASSAGE_CODE_POINTS;
  return (
    (isNear ? openingOf(text.slice(line, line + 10 * PASSAGE_CODE_POINTS)) : undefined) ?? openingOf(text.slice(from))
  );
}

/** Rates of no passage. */
export function emptyRates(): PassageRates {
  return { bytesPerToken: [], letters: [], tokenRank: [] };
}

/** Rates of one passage. */
export function ratesOf({ text, tokens }: Passage): PassageRates {
  if (tokens.length === 0) return emptyRates();
  const codePoints = Array.from(text);
  const letters = codePoints.filter((character) => /\p{L}/u.test(character)).length;
  // Whole numbers are added, so that no rounding moves a passage to another bin.
  const ranks = Array.from(tokens).reduce((sum, id) => sum + 31 - Math.clz32(id + 1), 0);
  return {
    bytesPerToken: histogramOf("bytesPerToken", new TextEncoder().encode(text).length / tokens.length),
    letters: histogramOf("letters", letters / codePoints.length),
    tokenRank: histogramOf("tokenRank", ranks / tokens.length),
  };
}

function histogramOf(name: RateName, value: number): number[] {
  const { width, bins } = PASSAGE_BINS[name];
  const bin = Math.min(bins - 1, Math.floor(value / width));
  return [...Array.from({ length: bin }, () => 0), 1];
}
