/** Runs of the scripts that put no spaces between words, with the marks that belong to them. */
const UNSPACED =
  /-?[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々〆]+/gu;

export interface SearchTerms {
  /** What is left for the index of words. */
  readonly words: string;
  /** Pieces that a passage has to hold as they are written. */
  readonly wanted: readonly string[];
  /** Pieces that it must not hold. */
  readonly unwanted: readonly string[];
}

/**
 * Takes out of a query what the index of words cannot find: PostgreSQL takes text without spaces for one word, from one punctuation mark to the
 * next.
 */
export function searchTerms(query: string): SearchTerms {
  const pieces = [...new Set(query.match(UNSPACED))];
  return {
    words: query.replace(UNSPACED, " "),
    wanted: pieces.filter((piece) => !piece.startsWith("-")),
    unwanted: pieces.filter((piece) => piece.startsWith("-")).map((piece) => piece.slice(1)),
  };
}

/** Where pieces stand in a text, in UTF-16 units, beside the hits that are known; in their order, none inside another. */
export function withHitsOf(
  text: string,
  pieces: readonly string[],
  known: readonly { start: number; end: number }[],
): { start: number; end: number }[] {
  const hits = [...known];
  for (const piece of pieces) {
    for (let at = text.indexOf(piece); at >= 0; at = text.indexOf(piece, at + piece.length)) {
      hits.push({ start: at, end: at + piece.length });
    }
  }
  hits.sort((one, other) => one.start - other.start || other.end - one.end);
  let end = 0;
  return hits.filter((hit) => {
    if (hit.start < end) return false;
    end = hit.end;
    return true;
  });
}
