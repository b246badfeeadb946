/**
 * The GPT-2 split of a text into pretokens, the units inside which byte pairs merge. Written as a scanner: on the same
 * text it gives what the regular expression gives, in one pass without backtracking.
 *
 * @see Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"; the expression is the published one.
 */
import { characterClass, LETTER, NUMBER, OTHER, SPACE } from "./character_class.ts";

/** The split as a regular expression in the syntax of tokenizer.json. */
export const GPT2_PATTERN = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

const BLANK = 0x20;
const APOSTROPHE = 0x27;

/** Length of a contraction ('s 't 're 've 'm 'll 'd) whose apostrophe is at `start`, or 0. */
function contractionLength(text: string, start: number): number {
  switch (text[start + 1]) {
    case "s":
    case "t":
    case "m":
    case "d":
      return 2;
    case "r":
    case "v":
      return text[start + 2] === "e" ? 3 : 0;
    case "l":
      return text[start + 2] === "l" ? 3 : 0;
    default:
      return 0;
  }
}

function runEnd(text: string, start: number, wanted: number): number {
  let end = start;
  while (end < text.length) {
    const codePoint = text.codePointAt(end) ?? 0;
    if (characterClass(codePoint) !== wanted) break;
    end += codePoint > 0xffff ? 2 : 1;
  }
  return end;
}

/**
 * End of the pretoken that begins at `start`.
 * @param text Whole text; what follows the pretoken decides how a run of white space is cut.
 * @param start Index in UTF-16 units, below `text.length`, at a pretoken's beginning (0, or an end given before).
 * @returns Index just behind the pretoken, always above `start`.
 */
export function pretokenEnd(text: string, start: number): number {
  const first = text.codePointAt(start) ?? 0;
  if (first === APOSTROPHE) {
    const length = contractionLength(text, start);
    if (length > 0) return start + length;
  }
  const next = start + (first > 0xffff ? 2 : 1);
  const firstClass = characterClass(first);
  if (firstClass !== SPACE) return runEnd(text, next, firstClass);
  if (first === BLANK && next < text.length) {
    const nextClass = characterClass(text.codePointAt(next) ?? 0);
    if (nextClass === LETTER || nextClass === NUMBER || nextClass === OTHER) return runEnd(text, next, nextClass);
  }
  const end = runEnd(text, next, SPACE);
  // A run before a word leaves its last character for the word: `\s+(?!\S)`. A run of one has nothing to leave.
  return end < text.length && end > next ? end - 1 : end;
}
