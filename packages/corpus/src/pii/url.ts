/** Addresses of the web with a scheme, or beginning with `www.`. Names of hosts alone are too like names of files. */
import type { Candidate } from "./candidate.ts";

const ADDRESS = /(?<![\p{L}\p{N}_])(?:(?:https?|ftp):\/\/|www\.)[^\s<>"`\\^{|}]{3,2048}/giu;
const TRAILING = ".,;:!?'*_…”’»";
const CLOSING: ReadonlyMap<string, string> = new Map([
  [")", "("],
  ["]", "["],
]);

/** Finds addresses of the web, without the punctuation of the sentence around them. */
export function urls(text: string): Candidate[] {
  const found: Candidate[] = [];
  for (const { 0: match, index } of text.matchAll(ADDRESS)) {
    const url = withoutTrailing(match);
    const host = url.replace(/^[a-z]+:\/\//i, "");
    if (!/^[\p{L}\p{N}[]/u.test(host) || /^www\.$/i.test(host)) continue;
    found.push({ start: index, end: index + url.length, score: 0.6 });
  }
  return found;
}

/** Takes marks off the end, and brackets that were not opened inside: Markdown puts addresses in both kinds. */
function withoutTrailing(match: string): string {
  const opened = new Map<string, number>();
  for (let index = 0; index < match.length; index++) {
    const character = match[index] ?? "";
    const opening = CLOSING.get(character);
    if (opening === undefined) {
      opened.set(character, (opened.get(character) ?? 0) + 1);
      continue;
    }
    const open = opened.get(opening) ?? 0;
    if (open === 0) return trimmed(match.slice(0, index));
    opened.set(opening, open - 1);
  }
  return trimmed(match);
}

function trimmed(url: string): string {
  let end = url.length;
  while (end > 0 && TRAILING.includes(url[end - 1] ?? "")) end--;
  return url.slice(0, end);
}
