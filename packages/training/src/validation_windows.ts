/**
 * Cuts validation documents into the windows a model is scored on: every token of every document is predicted exactly once,
 * the first given only the beginning-of-text token, windows do not overlap, and none crosses a document's end.
 */
import { TOKEN_MARKS } from "@millrace/contracts";
import { hashedPlace } from "./hashed_place.ts";
import { shuffle } from "./shuffle.ts";
import { IGNORED_TARGET, type TokenBatch, type TokenStream } from "./token_stream.ts";

/** Bytes beside a stream, one of `TOKEN_MARKS` for each token. */
export type TokenMarks = Uint8Array;

/** A stretch of the stream: `length` tokens from `start` are read, the tokens one later are predicted. */
export interface ValidationWindow {
  readonly start: number;
  readonly length: number;
}

/**
 * Lists the windows of all documents, in the order of the stream.
 * @param stream Validation tokens, beginning with `endOfText`.
 * @param contextLength Most tokens a window may hold, at least 1.
 * @throws {RangeError} If the stream does not begin with `endOfText`.
 */
export function validationWindows(stream: TokenStream, endOfText: number, contextLength: number): ValidationWindow[] {
  if (stream.length > 0 && stream[0] !== endOfText) {
    throw new RangeError(`validation tokens begin with ${stream[0]}, wanted the end-of-text token ${endOfText}`);
  }
  const windows: ValidationWindow[] = [];
  let documentStart = 0;
  while (documentStart < stream.length) {
    const next = stream.indexOf(endOfText, documentStart + 1);
    const documentEnd = next === -1 ? stream.length : next;
    // The last token is only predicted, never read.
    for (let start = documentStart; start < documentEnd - 1; start += contextLength) {
      windows.push({ start, length: Math.min(contextLength, documentEnd - 1 - start) });
    }
    documentStart = documentEnd;
  }
  return windows;
}

/** Lists the windows of all documents in a fixed order without pattern, so that any first few of them are a fair sample. */
export function shuffledValidationWindows(
  stream: TokenStream,
  endOfText: number,
  contextLength: number,
): ValidationWindow[] {
  return shuffled(validationWindows(stream, endOfText, contextLength));
}

/** Puts windows into a fixed order without pattern. @param windows Changed. */
export function shuffled(windows: ValidationWindow[]): ValidationWindow[] {
  shuffle(windows, (last) => hashedPlace(0, last, 0, 0, last + 1));
  return windows;
}

/**
 * Fills a batch with windows, one a row; what a row or the batch has left over is not counted.
 * @param marks Of the stream, where only what is marked as predicted is counted.
 */
export function fillWindows(
  batch: TokenBatch,
  stream: TokenStream,
  contextLength: number,
  windows: readonly ValidationWindow[],
  marks?: TokenMarks,
): void {
  batch.tokens.fill(0);
  batch.targets.fill(IGNORED_TARGET);
  for (const [row, { start, length }] of windows.entries()) {
    const at = row * contextLength;
    batch.tokens.set(stream.subarray(start, start + length), at);
    for (let next = start + 1; next <= start + length; next++) {
      const isCounted = marks === undefined || marks[next] === TOKEN_MARKS.predicted;
      if (isCounted) batch.targets[at + next - start - 1] = stream[next]!;
    }
  }
}
