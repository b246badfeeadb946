/** What the n-gram model beside a language model counts: whoever makes it anew makes the same. */

/** Training tokens from the first on; each takes about 150 bytes of memory, and 30 more once text is drawn by them. */
export const COUNTED_TOKENS = 4 * 1024 * 1024;

/** Documents of a stream of tokens, without the end-of-text token before each. */
export function* documentsIn<Tokens extends Uint16Array | Uint32Array>(
  tokens: Tokens,
  endOfText: number,
): Generator<Tokens> {
  let start = 0;
  while (start < tokens.length) {
    const next = tokens.indexOf(endOfText, start + 1);
    const end = next === -1 ? tokens.length : next;
    yield tokens.subarray(start + 1, end) as Tokens;
    start = end;
  }
}
