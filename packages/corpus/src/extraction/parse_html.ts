import { parseHTML } from "linkedom/worker";
import { checkPage } from "./page_limits.ts";

/** Largest page that is parsed, in UTF-16 units; the rest of a larger page is cut off. */
const MAX_HTML_LENGTH = 8 * 1024 * 1024;
const EMPTY_PAGE = "<!doctype html><html><body></body></html>";

/**
 * Parses a page into a document.
 * @throws {TooComplexError} If it has more levels, elements, texts or attributes than a page may have.
 */
export function parseHtml(html: string): Document {
  const start = html.length > MAX_HTML_LENGTH ? html.slice(0, MAX_HTML_LENGTH) : html;
  // A fragment without <html> would lose its tree: linkedom takes the first element as the root.
  const whole = /<html[\s>]/i.test(start.slice(0, 20_000))
    ? start
    : `<!doctype html><html><body>${start}</body></html>`;
  checkPage(whole);
  const { document } = parseHTML(whole);
  // An unclosed comment can swallow even the root: then the page has no content.
  return document.documentElement === null ? parseHTML(EMPTY_PAGE).document : document;
}
