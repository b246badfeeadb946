/** Where in the text of a conversation stands what its template wrote: people read the text, models are trained on the other. */
import type { CorpusDocument } from "@millrace/contracts";

/** A conversation as people read it. */
export type ConversationText = Pick<CorpusDocument, "text"> & { readonly turns: NonNullable<CorpusDocument["turns"]> };

/** Content of a message: from `from` to `to` in what was written, from `start` in the text. */
interface Content {
  readonly from: number;
  readonly to: number;
  readonly start: number;
}

/**
 * Creates the function from a range of what a template wrote to that of the text. What the template wrote of its own is left out of it, so
 * that a range that is nothing else is empty.
 * @param written The whole conversation; UTF-16 units, as all places here.
 */
export function conversationPlaces(
  written: string,
  { text, turns }: ConversationText,
): (from: number, to: number) => { readonly start: number; readonly end: number } {
  const contents: Content[] = [];
  let before = written.length;
  // From the end: templates name a role before a message, and a message may be nothing but that name.
  for (const turn of turns.toReversed()) {
    const content = text.slice(turn.start, turn.end);
    // Templates may cut white space off.
    const trimmed = content.trim();
    const from = trimmed === "" ? -1 : written.slice(0, before).lastIndexOf(trimmed);
    if (from < 0) continue;
    contents.unshift({ from, to: from + trimmed.length, start: turn.start + content.indexOf(trimmed) });
    before = from;
  }
  return (from, to) => {
    const first = contents.find((content) => content.to > from);
    const last = contents.findLast((content) => content.from < to);
    const start = first === undefined ? text.length : first.start + Math.max(0, from - first.from);
    const end = last === undefined ? 0 : last.start + Math.min(to, last.to) - last.from;
    return { start, end: Math.max(start, end) };
  };
}
