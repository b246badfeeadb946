/**
 * Unicode classes of code points as the GPT-2 split needs them: letters, numbers, white space, and the rest.
 *
 * `\s` is read as the Unicode property White_Space, as the reference implementation of tokenizer.json does. JavaScript's
 * own `\s` differs on two code points: it lacks U+0085 and adds U+FEFF.
 */

/** Neither letter, number nor white space. */
export const OTHER = 0;
/** Unicode category L. */
export const LETTER = 1;
/** Unicode category N. */
export const NUMBER = 2;
/** Unicode property White_Space. */
export const SPACE = 3;

const PAGE_BITS = 8;
const PAGE_SIZE = 1 << PAGE_BITS;
const CLASSES: readonly (readonly [number, RegExp])[] = [
  [LETTER, /\p{L}/u],
  [NUMBER, /\p{N}/u],
  [SPACE, /\p{White_Space}/u],
];

// A text touches few of the 4352 pages; testing all 1.1 million code points up front would cost every start-up 100 ms.
const pages: (Uint8Array | undefined)[] = Array.from({ length: 0x110000 >> PAGE_BITS });

function fillPage(page: number): Uint8Array {
  const classes = new Uint8Array(PAGE_SIZE);
  for (let i = 0; i < PAGE_SIZE; i++) {
    const character = String.fromCodePoint((page << PAGE_BITS) | i);
    classes[i] = CLASSES.find(([, pattern]) => pattern.test(character))?.[0] ?? OTHER;
  }
  pages[page] = classes;
  return classes;
}

/**
 * Class of one code point.
 * @param codePoint From 0 to 0x10FFFF; a lone surrogate is OTHER, like the U+FFFD it becomes in UTF-8.
 * @returns OTHER, LETTER, NUMBER or SPACE, by the Unicode version of the JavaScript engine.
 */
export function characterClass(codePoint: number): number {
  const classes = pages[codePoint >> PAGE_BITS] ?? fillPage(codePoint >> PAGE_BITS);
  return classes[codePoint & (PAGE_SIZE - 1)] ?? OTHER;
}
