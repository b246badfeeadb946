/**
 * Rows of a corpus with conversations. A conversation has a row of its own and begins it: it stands where it stands when it is served,
 * and nothing of another one is seen. What is longer than the context is cut at its end. Documents are cut into rows one after another.
 * Rows are longer than many conversations, which costs time; masks that keep several apart in one row would cost other graphs.
 */
import { TOKEN_MARKS } from "@millrace/contracts";
import type { TokenMarks, ValidationWindow } from "./validation_windows.ts";

/**
 * Lists the rows in which something is predicted, in the order of the stream.
 * @param contextLength Most tokens a row may hold.
 * @param longConversations Whether the rest of a conversation is cut off, or goes on in further rows, where its beginning is not seen.
 */
export function markedWindows(
  marks: TokenMarks,
  contextLength: number,
  longConversations: "cut off" | "go on",
): ValidationWindow[] {
  const windows: ValidationWindow[] = [];
  for (let start = nextText(marks, 0); start < marks.length; start = nextText(marks, start)) {
    const end = nextBorder(marks, start + 1);
    const isCut = marks[start] === TOKEN_MARKS.conversation && longConversations === "cut off";
    const lastRow = isCut ? start + 1 : end - 1;
    for (let from = start; from < lastRow; from += contextLength) {
      const length = Math.min(contextLength, end - 1 - from);
      const isPredicted = marks.subarray(from + 1, from + 1 + length).includes(TOKEN_MARKS.predicted);
      if (isPredicted) windows.push({ start: from, length });
    }
    start = end;
  }
  return windows;
}

/** Where the next document or conversation begins, from a place on. */
function nextText(marks: TokenMarks, from: number): number {
  let at = from;
  while (at < marks.length && marks[at] !== TOKEN_MARKS.document && marks[at] !== TOKEN_MARKS.conversation) at += 1;
  return at;
}

function nextBorder(marks: TokenMarks, from: number): number {
  let at = from;
  while (at < marks.length && (marks[at] ?? 0) < TOKEN_MARKS.document) at += 1;
  return at;
}
