/**
 * The form in which texts are compared: what differs only in case, numbers, punctuation, spacing or accents is the same.
 * Order and sets are those of datatrove's `simplify_text`.
 * @see https://github.com/huggingface/datatrove src/datatrove/utils/text.py
 */
import { isPlainPunctuation } from "../signals/punctuation.ts";
import { isSpace, strip } from "../signals/text_lines.ts";
import { streamSafe } from "../stream_safe.ts";

const NUMBER = /\p{Nd}+(?:[.,،٫⎖⎗⎘]\p{Nd}+)?/gu;
const ASCII_ONLY = /^[\t\n\r -~]*$/;
const NONSPACING_MARK = /\p{Mn}/gu;

/** Gives the normal form of a text: lower case, numbers as `0`, single spaces, no punctuation, no accents. */
export function normalText(text: string): string {
  const words = spaced(text.toLowerCase().replace(NUMBER, "0"));
  if (ASCII_ONLY.test(words)) return words;
  return strip(streamSafe(words).normalize("NFD").replace(NONSPACING_MARK, ""));
}

/** Puts one space for each run of punctuation and white space, and none at the ends. */
function spaced(text: string): string {
  const pieces: string[] = [];
  let start = -1;
  for (let index = 0; index <= text.length; index++) {
    const gap = index === text.length || isGap(text.charCodeAt(index));
    if (gap && start >= 0) pieces.push(text.slice(start, index));
    if (gap) start = -1;
    else if (start < 0) start = index;
  }
  return pieces.join(" ");
}

/** All marks of the published set are below U+10000, so units serve as characters. Space is kept apart: it is no punctuation. */
const GAP = Uint8Array.from({ length: 0x10000 }, (_, unit) =>
  Number(isSpace(unit) || isPlainPunctuation(String.fromCharCode(unit))),
);

function isGap(unit: number): boolean {
  return GAP[unit] === 1;
}
