/**
 * The prose of a Markdown text: what is left without code, tables, addresses of links and the marks of headings and lists. Rules made for running
 * text ask this view, so that documentation does not fail for having examples.
 */
import { splitLines, strip } from "./text_lines.ts";

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const TABLE_ROW = /^\s*\|.*\|\s*$/;
const TABLE_RULE = /^[\s|:-]{3,}$/;
const HEADING = /^ {0,3}#{1,6}\s+/;
/** The line under a heading of the older form. */
const UNDERLINE = /^ {0,3}(?:={3,}|-{3,})\s*$/;
const LIST_MARK = /^\s*(?:[-*+•]|\d{1,3}[.)])\s+/;
/** A link's address kept apart from its text: `[1]: https://...`. */
const LINK_DEFINITION = /^ {0,3}\[[^\]\n]{1,200}\]:\s+\S/;
const INLINE_CODE = /`[^`\n]{1,400}`/g;
const LINK_TARGET = /\]\([^()\s]{1,2000}\)/g;
const INDENTED_CODE = /^(?: {4}|\t)/;

/** A text taken apart for rules on running text. */
export interface Prose {
  /** Lines of running text, with blank lines kept, joined by line feeds. Inline code stands as `code`. */
  readonly text: string;
  /** Heading texts, in order. */
  readonly headings: readonly string[];
}

/** Takes the prose and the headings out of a text. Plain text is its own prose. */
export function proseOf(text: string): Prose {
  const kept: string[] = [];
  const headings: string[] = [];
  let fence = "";
  let afterBlank = true;
  for (const line of splitLines(text)) {
    const mark = FENCE.exec(line)?.[1];
    if (fence !== "") {
      if (mark?.startsWith(fence) === true) fence = "";
      continue;
    }
    if (mark !== undefined) {
      fence = mark;
      continue;
    }
    // Indented code needs a blank line before it; the lines of a list item may be indented as deep and are prose.
    if (INDENTED_CODE.test(line) && afterBlank && !LIST_MARK.test(line)) continue;
    if (UNDERLINE.test(line) && !afterBlank) {
      headings.push(strip(kept.at(-1) ?? ""));
      afterBlank = true;
      continue;
    }
    afterBlank = strip(line) === "";
    if (LINK_DEFINITION.test(line)) continue;
    if (TABLE_ROW.test(line) || (TABLE_RULE.test(line) && !afterBlank)) continue;
    const heading = HEADING.exec(line)?.[0];
    if (heading !== undefined) headings.push(strip(line.slice(heading.length)));
    kept.push(runningText(line, heading));
  }
  return { text: kept.join("\n"), headings };
}

function runningText(line: string, heading: string | undefined): string {
  const unmarked = heading === undefined ? line.replace(LIST_MARK, "") : line.slice(heading.length);
  return unmarked.replace(INLINE_CODE, "code").replace(LINK_TARGET, "]");
}
