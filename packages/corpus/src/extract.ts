/**
 * The main content of a web page as Markdown.
 *
 * A page is cut into leaves, the smallest blocks with text; a small linear model over what a leaf says and where it stands
 * (words, links, tags, class names, neighbours, the page's type) rates each; the best are rendered. The model's weights
 * come from the development part of the Web Content Extraction Benchmark by `bench/train_extraction.ts`.
 */

import type { Document as CorpusDocument, MetadataValue, Step } from "./document.ts";
import { chooseLeaves } from "./extraction/choose_leaves.ts";
import { pageFacts } from "./extraction/page_facts.ts";
import { pageType } from "./extraction/page_type.ts";
import type { PageType } from "./extraction/page_type.ts";
import { parseHtml } from "./extraction/parse_html.ts";
import { renderMarkdown } from "./extraction/render_markdown.ts";
import { isUnread, textLeaves } from "./extraction/text_leaves.ts";

/** The content of a page and what it says about itself. */
export interface ExtractedPage {
  /** Markdown: headings, lists, fenced code, tables. Empty when the page has no text. */
  readonly text: string;
  readonly title: string;
  readonly pageType: PageType;
  readonly description?: string;
  /** ISO 8601, at least year, month and day. */
  readonly date?: string;
  readonly author?: string;
  /** Language that the page declares, such as "en-GB"; it may be wrong. */
  readonly language?: string;
  readonly siteName?: string;
}

/** With fewer words than this on the page, its JSON-LD may hold the text that scripts would show. */
const EMPTY_PAGE_WORDS = 10;

/**
 * Extracts the main content of an HTML page. Never throws for any HTML; pages over 8 Mi characters are cut there.
 * @param html The whole page, or a fragment.
 */
export function extractMainContent(html: string): ExtractedPage {
  const document = parseHtml(html);
  const facts = pageFacts(document);
  const root = document.documentElement;
  const leaves = textLeaves(root, isUnread);
  const type = pageType(facts, leaves);
  const chosen = chooseLeaves(leaves, type);
  const dropped = new Set(leaves.filter((leaf) => !chosen.has(leaf)).map((leaf) => leaf.element));
  const rendered = renderMarkdown(root, (element) => dropped.has(element) || isUnread(element));
  const words = leaves.reduce((sum, leaf) => sum + leaf.words, 0);
  const { title, description, date, author, language, siteName } = facts;
  return {
    text: words < EMPTY_PAGE_WORDS && facts.schemaText.length > rendered.length ? facts.schemaText : rendered,
    title,
    pageType: type,
    ...(description === undefined ? {} : { description }),
    ...(date === undefined ? {} : { date }),
    ...(author === undefined ? {} : { author }),
    ...(language === undefined ? {} : { language }),
    ...(siteName === undefined ? {} : { siteName }),
  };
}

/** Replaces the text of HTML documents by their main content; other formats pass as they are. */
export const extractStep: Step<CorpusDocument, CorpusDocument> = {
  name: "extract",
  version: 1,
  apply(document) {
    if (document.metadata.format !== "html") return { kept: true, value: document };
    const { text, language, ...page } = extractMainContent(document.text);
    if (text === "") {
      const detail = `found no text in ${document.text.length} characters of HTML, wanted some`;
      return { kept: false, drop: { documentId: document.id, step: "extract", reason: "no_main_content", detail } };
    }
    const facts: Record<string, MetadataValue> = { ...document.metadata, ...page };
    if (language !== undefined) facts.declaredLanguage = language;
    return { kept: true, value: { ...document, text, metadata: facts } };
  },
};
