/**
 * What a document is like, whatever its length: rates of its opening, each in fixed bins. A prompt is far shorter than a
 * document, so its length says nothing of drift; but its opening and a document's are alike, and each is one
 * independent observation, which the characters or tokens inside it are not.
 */
import { z } from "zod";

/** Code points and tokens of an opening: about as long as a short prompt. */
const OPENING_CODE_POINTS = 256;
const OPENING_TOKENS = 64;

function bins(most: number): z.ZodArray<z.ZodInt> {
  return z.array(z.int().nonnegative()).max(most);
}

/** Documents by bin; trailing empty bins are left out. A document without the parts of a rate is in none of its bins. */
export const documentRatesSchema = z.strictObject({
  /** UTF-8 bytes a token over the whole document, bins of 0.5; the last from 9.5. Falls where the tokenizer is strange to the text. */
  bytesPerToken: bins(20),
  /** Share of letters among the opening's code points, bins of 0.05. */
  letters: bins(20),
  /** Mean of floor(log2(id + 1)) over the opening's tokens, bins of 0.5. Rises with rare tokens, which have high ids. */
  tokenRank: bins(64),
  /** Share of the opening's pairs of tokens that were there before, bins of 0.05. */
  repeatedPairs: bins(20),
});

export type DocumentRates = z.infer<typeof documentRatesSchema>;

/** Rates of no documents. */
export function emptyRates(): DocumentRates {
  return { bytesPerToken: [], letters: [], tokenRank: [], repeatedPairs: [] };
}

/** The histogram of one value. */
function histogramOf(value: number, width: number, most: number): number[] {
  const bin = Math.min(most - 1, Math.floor(value / width));
  return [...Array.from({ length: bin }, () => 0), 1];
}

/** The code points of the opening, without going through the rest of the text. */
function openingOf(text: string): string[] {
  // A code point takes two units at most.
  return Array.from(text.slice(0, 2 * OPENING_CODE_POINTS)).slice(0, OPENING_CODE_POINTS);
}

/**
 * Rates of one document.
 * @param bytes UTF-8 bytes of the text.
 * @param tokens Ids of the text, by the tokenizer of the corpus.
 */
export function ratesOf(text: string, bytes: number, tokens: ArrayLike<number>): DocumentRates {
  const rates = emptyRates();
  const opening = openingOf(text);
  if (opening.length > 0) {
    const letters = opening.filter((character) => /\p{L}/u.test(character)).length;
    rates.letters = histogramOf(letters / opening.length, 0.05, 20);
  }
  if (tokens.length === 0) return rates;
  rates.bytesPerToken = histogramOf(bytes / tokens.length, 0.5, 20);
  const length = Math.min(OPENING_TOKENS, tokens.length);
  const ids = Array.from({ length }, (_, i) => tokens[i] ?? 0);
  // Whole numbers are added, so that no rounding moves a document to another bin.
  const ranks = ids.reduce((sum, id) => sum + 31 - Math.clz32(id + 1), 0);
  rates.tokenRank = histogramOf(ranks / length, 0.5, 64);
  if (length > 1) {
    const pairs = new Set(ids.slice(1).map((id, i) => `${ids[i]} ${id}`));
    rates.repeatedPairs = histogramOf(1 - pairs.size / (length - 1), 0.05, 20);
  }
  return rates;
}
