/** A piece of a text: within a range, or between two. */
export interface Piece<Range> {
  readonly text: string;
  readonly range?: Range;
}

/**
 * Cuts a text at ranges, so that they can be marked. The pieces put together are the text, whatever the ranges are: those that begin
 * before the end of an earlier one, are empty or lie outside are passed over.
 * @param ranges Half open, UTF-16.
 */
export function markRanges<Range extends { readonly start: number; readonly end: number }>(
  text: string,
  ranges: readonly Range[],
): Piece<Range>[] {
  const pieces: Piece<Range>[] = [];
  let done = 0;
  for (const range of ranges.toSorted((left, right) => left.start - right.start)) {
    if (range.start < done || range.end <= range.start || range.end > text.length) continue;
    if (range.start > done) pieces.push({ text: text.slice(done, range.start) });
    pieces.push({ text: text.slice(range.start, range.end), range });
    done = range.end;
  }
  if (done < text.length) pieces.push({ text: text.slice(done) });
  return pieces;
}
