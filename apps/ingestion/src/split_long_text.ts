import { cutBeside, scrub } from "@millrace/corpus";

/** One big file would be all training or all validation, and evaluation leaves documents over 64 KB out: long texts are cut. */
export const LONGEST_PART_BYTES = 64 * 1024;

const encoder = new TextEncoder();
const sizeOf = (text: string): number => encoder.encode(text).length;

/** Ends of paragraphs, of lines, words, characters. */
const SEPARATORS = [/(?<=\n\n)/, /(?<=\n)/, /(?<= )/, /(?:)/u];

/**
 * Cuts a text at paragraph ends, where a paragraph is too long at line ends, else between words or characters, into parts of at
 * most `LONGEST_PART_BYTES`. A cut that would hide personal data from those who mask the parts is moved to the place before it, unless that
 * takes all of a part. Joined, the parts are the text.
 */
export function splitLongText(text: string): string[] {
  const parts: string[] = [];
  const waiting = fitting(text).toReversed();
  let held = waiting.pop() ?? "";
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const cut = cutBeside(held + next, held.length);
    if (cut === 0 || cut === held.length || isHarmless(held, next)) {
      parts.push(held);
      held = next;
      continue;
    }
    parts.push(held.slice(0, cut));
    const [first = "", ...rest] = fitting(held.slice(cut) + next);
    held = first;
    waiting.push(...rest.toReversed());
  }
  return [...parts, held];
}

/** Whether what is masked is the same with a cut between two texts. */
function isHarmless(before: string, after: string): boolean {
  return scrub(before).text + scrub(after).text === scrub(before + after).text;
}

function fitting(text: string): string[] {
  if (text.length * 3 <= LONGEST_PART_BYTES || sizeOf(text) <= LONGEST_PART_BYTES) return [text];
  return pack(text, SEPARATORS);
}

/** Fills parts with pieces; a piece that is too long itself is cut at the next finer separator. */
function pack(text: string, [separator, ...finer]: readonly RegExp[]): string[] {
  const parts: string[] = [];
  let part = "";
  let size = 0;
  const close = (): void => {
    if (part !== "") parts.push(part);
    [part, size] = ["", 0];
  };
  for (const piece of text.split(separator as RegExp)) {
    const own = sizeOf(piece);
    if (size + own > LONGEST_PART_BYTES) close();
    if (own > LONGEST_PART_BYTES) parts.push(...pack(piece, finer));
    else [part, size] = [part + piece, size + own];
  }
  close();
  return parts;
}
