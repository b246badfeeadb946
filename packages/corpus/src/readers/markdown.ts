import type { MetadataValue } from "../document.ts";

/**
 * Markdown is already the form that extraction aims at, so it is kept: code, tables and links stay as written. Only what is
 * not text is taken out: the front matter, which becomes metadata, and HTML tags and comments between the prose.
 */

/** Markdown without front matter, and what the front matter said. */
export interface MarkdownParts {
  readonly text: string;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
}

const MAX_FRONT_MATTER_LINES = 200;

/** Splits `---` front matter off. Plain `key: value` lines become metadata; nested values are left out. */
export function splitFrontMatter(markdown: string): MarkdownParts {
  if (!/^---[ \t]*\r?\n/.test(markdown)) return { text: markdown, metadata: {} };
  const lines = markdown.split("\n", MAX_FRONT_MATTER_LINES);
  const end = lines.findIndex((line, at) => at > 0 && /^(?:---|\.\.\.)\s*$/.test(line));
  const entries = lines
    .slice(1, Math.max(end, 1))
    .map((line) => /^([A-Za-z][\w-]{0,63}):[ \t]*(\S.*)?$/.exec(line.trimEnd()));
  // Without one `key:` line the dashes were a rule, not front matter.
  if (end === -1 || !entries.some((entry) => entry !== null)) return { text: markdown, metadata: {} };
  const metadata: [string, MetadataValue][] = [];
  for (const entry of entries) {
    if (entry?.[1] !== undefined && entry[2] !== undefined) metadata.push([entry[1], scalar(entry[2])]);
  }
  const consumed = lines.slice(0, end + 1).reduce((sum, line) => sum + line.length + 1, 0);
  return { text: markdown.slice(consumed).replace(/^(?:\r?\n)+/, ""), metadata: Object.fromEntries(metadata) };
}

function scalar(raw: string): MetadataValue {
  const quoted = /^(["'])(.*)\1$/.exec(raw);
  if (quoted?.[2] !== undefined) return quoted[2];
  if (raw === "true" || raw === "false") return raw === "true";
  if (/^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/.test(raw)) return Number(raw);
  return raw;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const ELEMENTS =
  "a|abbr|align|b|big|blockquote|body|br|center|cite|code|dd|del|details|dfn|div|dl|dt|em|figcaption|figure|font|footer|" +
  "h[1-6]|header|hr|html|i|iframe|img|input|ins|kbd|label|li|main|mark|nav|ol|p|picture|pre|q|s|samp|section|small|source|" +
  "span|strike|strong|sub|summary|sup|svg|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video";
const TAG = new RegExp(String.raw`</?(?:${ELEMENTS})(?:\s[^<>]{0,2000})?/?>`, "gi");

/**
 * Takes HTML comments, scripts, styles and known tags out of Markdown, and keeps the text between the tags. Fenced code and
 * code spans stay untouched, and so does whatever only looks like a tag, such as `Array<string>`.
 */
export function stripInlineHtml(markdown: string): string {
  if (!markdown.includes("<")) return markdown;
  const pieces: string[] = [];
  let prose: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split("\n")) {
    const mark = FENCE.exec(line)?.[1];
    if (fence === undefined && mark !== undefined) {
      pieces.push(...stripProse(prose));
      prose = [];
      fence = mark;
      pieces.push(line);
    } else if (fence !== undefined) {
      pieces.push(line);
      if (mark?.startsWith(fence) === true && line.trim() === mark) fence = undefined;
    } else {
      prose.push(line);
    }
  }
  pieces.push(...stripProse(prose));
  return pieces.join("\n");
}

function stripProse(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const text = lines.join("\n");
  if (!text.includes("<")) return [text];
  const parts = text.split(/(`[^`\n]+`)/).map((part, at) => (at % 2 === 1 ? part : part.replace(TAG, "")));
  const kept = withoutBlocks(parts.join("")).split("\n").map(withoutTrailingBlanks);
  return [kept.join("\n").replace(/\n{3,}/g, "\n\n")];
}

/** Takes spaces and tabs from the end. As an expression this costs the square of a long run inside the line. */
function withoutTrailingBlanks(line: string): string {
  const lineEnd = line.endsWith("\r") ? "\r" : "";
  let end = line.length - lineEnd.length;
  while (line[end - 1] === " " || line[end - 1] === "\t") end -= 1;
  return line.slice(0, end) + lineEnd;
}

/** Cuts comments, scripts and styles in one pass; an opening without its end is left as it is. */
function withoutBlocks(text: string): string {
  const opening = /<!--|<(script|style)\b[^<>]{0,2000}>/gi;
  const kept: string[] = [];
  let from = 0;
  for (let found = opening.exec(text); found !== null; found = opening.exec(text)) {
    const ending = found[1] === undefined ? /-->/g : new RegExp(`</${found[1]}\\s{0,20}>`, "gi");
    ending.lastIndex = opening.lastIndex;
    if (ending.exec(text) === null) break;
    kept.push(text.slice(from, found.index));
    from = ending.lastIndex;
    opening.lastIndex = from;
  }
  kept.push(text.slice(from));
  return kept.join("");
}
