import { parseHTML } from "linkedom/worker";

/** Largest page that is parsed, in UTF-16 units; the rest of a larger page is cut off. */
const MAX_HTML_LENGTH = 8 * 1024 * 1024;
const EMPTY_PAGE = "<!doctype html><html><body></body></html>";
const MAX_DEPTH = 400;
const MAX_TAG_LENGTH = 64 * 1024;

/**
 * Parses a page into a document, made safe first: what follows walks the tree by recursion, so tags nested deeper than 400
 * levels, which only hostile pages have, are taken out, and so are tags longer than 64 KiB (inlined images).
 */
export function parseHtml(html: string): Document {
  const safe = boundTags(html.length > MAX_HTML_LENGTH ? html.slice(0, MAX_HTML_LENGTH) : html);
  // A fragment without <html> would lose its tree: linkedom takes the first element as the root.
  const whole = /<html[\s>]/i.test(safe.slice(0, 20_000)) ? safe : `<!doctype html><html><body>${safe}</body></html>`;
  const { document } = parseHTML(whole);
  // An unclosed comment can swallow even the root: then the page has no content.
  return document.documentElement === null ? parseHTML(EMPTY_PAGE).document : document;
}

const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr|p|li|td|tr|th|dd|dt|option)$/i;

/** Drops overlong tags, and opening tags beyond the depth limit with the closing tags that belong to them. */
function boundTags(html: string): string {
  const tag = /<(\/?)([a-zA-Z][\w:-]{0,40})|<!--/g;
  const pieces: string[] = [];
  let depth = 0;
  let from = 0;
  for (let found = tag.exec(html); found !== null; found = tag.exec(html)) {
    const [opening, slash, name] = found;
    if (opening === "<!--") {
      const end = html.indexOf("-->", tag.lastIndex);
      if (end === -1) break;
      tag.lastIndex = end + 3;
      continue;
    }
    const close = html.indexOf(">", tag.lastIndex);
    if (close === -1) break;
    const overlong = close - found.index > MAX_TAG_LENGTH;
    const counted = name !== undefined && !VOID.test(name) && html[close - 1] !== "/";
    const excess = counted && depth >= MAX_DEPTH;
    if (counted) depth = slash === "/" ? Math.max(0, depth - 1) : depth + 1;
    if (excess || overlong) {
      pieces.push(html.slice(from, found.index));
      from = close + 1;
    }
    tag.lastIndex = close + 1;
  }
  if (from === 0) return html;
  pieces.push(html.slice(from));
  return pieces.join("");
}
