/**
 * Masks personal data. Each place becomes its type in angle brackets, `<EMAIL_ADDRESS>`: a reader and a model see what stood
 * there, nobody's invented address enters a corpus, and equal masks cost a tokenizer only a few entries. A masked text has
 * nothing left to find, so masking twice is masking once.
 */
import { findPersonalData, PERSONAL_TYPES, type PiiSpan, type PiiType } from "./personal_data.ts";

/** Version of recognisers and masks; a change means that scrubbed documents must be made again. */
export const SCRUB_VERSION = 5;

/** A masked text, and what was masked by its place in the original. */
export interface Scrubbed {
  readonly text: string;
  readonly pii: readonly PiiSpan[];
}

/**
 * Masks what is found in a text.
 * @param types Types to find and mask; by default all but links.
 */
export function scrub(text: string, types: readonly PiiType[] = PERSONAL_TYPES): Scrubbed {
  const pii = findPersonalData(text, types);
  const pieces: string[] = [];
  let from = 0;
  for (const { type, start, end } of pii) {
    pieces.push(text.slice(from, start), `<${type}>`);
    from = end;
  }
  pieces.push(text.slice(from));
  return { text: pieces.join(""), pii };
}
