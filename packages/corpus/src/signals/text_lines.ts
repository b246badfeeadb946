/**
 * Text as the published filters count it. Their reference implementations are written in Python, so lengths are code points,
 * white space is Unicode's White_Space with the four information separators, and lines end at eleven different marks. Counting
 * in UTF-16 units or splitting at `\n` alone moves a document over a threshold now and then.
 */

// oxlint-disable-next-line no-control-regex -- these control characters are what Unicode and Python end lines at
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** Counts the code points of a text. A surrogate without its partner is one. */
export function codePoints(text: string): number {
  let pairs = 0;
  let high = false;
  for (let index = 0; index < text.length; index++) {
    const kind = text.charCodeAt(index) & 0xfc00;
    if (high && kind === 0xdc00) pairs++;
    high = kind === 0xd800;
  }
  return text.length - pairs;
}

/** Says whether a UTF-16 unit is white space as Python's `str.isspace` has it: U+FEFF is not, U+001C to U+001F and U+0085 are. */
export function isSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit >= 0x1c && unit <= 0x1f);
  if (unit === 0x85 || unit === 0xa0) return true;
  if (unit < 0x1680) return false;
  if (unit === 0x1680 || (unit >= 0x2000 && unit <= 0x200a)) return true;
  return unit === 0x2028 || unit === 0x2029 || unit === 0x202f || unit === 0x205f || unit === 0x3000;
}

/** Takes white space from both ends, in time linear in what is taken. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Splits at white space; no piece is empty. */
export function splitAtSpace(text: string): string[] {
  const pieces: string[] = [];
  let start = -1;
  for (let index = 0; index < text.length; index++) {
    if (isSpace(text.charCodeAt(index))) {
      if (start >= 0) pieces.push(text.slice(start, index));
      start = -1;
    } else if (start < 0) start = index;
  }
  if (start >= 0) pieces.push(text.slice(start));
  return pieces;
}

/** Splits at every line end that Unicode knows. A line end at the end of the text opens no further line. */
export function splitLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.split(LINE_END);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
