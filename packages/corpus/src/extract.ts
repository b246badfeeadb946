/**
 * The main content of a web page as Markdown.
 *
 * A page is cut into leaves, the smallest blocks with text; a small linear model over what a leaf says and where it stands
 * (words, links, tags, class names, neighbours, the page's type) rates each; the best are rendered. The model's weights
 * come from the development part of the Web Content Extraction Benchmark by `bench/train_extraction.ts`.
 */

import type { Document as CorpusDocument, MetadataValue, Step, StepResult } from "./document.ts";
import { chooseLeaves } from "./extraction/choose_leaves.ts";
import { pageFacts } from "./extraction/page_facts.ts";
import { pageType } from "./extraction/page_type.ts";
import type { PageType } from "./extraction/page_type.ts";
import { parseHtml } from "./extraction/parse_html.ts";
import { renderMarkdown } from "./extraction/render_markdown.ts";
import { indexPage } from "./extraction/page_index.ts";
import { textLeaves } from "./extraction/text_leaves.ts";
import { TooComplexError } from "./too_complex.ts";

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
 * Extracts the main content of an HTML page. Pages over 8 Mi characters are cut there.
 * @param html The whole page, or a fragment.
 * @throws {TooComplexError} If the page is nested deeper, or has more parts, than any page for readers.
 */
export function extractMainContent(html: string): ExtractedPage {
  const document = parseHtml(html);
  const facts = pageFacts(document);
  const root = document.documentElement;
  const index = indexPage(root);
  const tree = textLeaves(root, index);
  const { leaves } = tree;
  const type = pageType(facts, tree);
  const chosen = chooseLeaves(tree, type);
  const dropped = new Set(leaves.filter((leaf) => !chosen.has(leaf)).map((leaf) => leaf.element));
  const rendered = renderMarkdown(root, {
    skips: (element) => dropped.has(element) || index.isUnread(element),
    holdsTable: index.holdsTable,
  });
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

/**
 * Replaces the text of HTML documents by their main content; other formats pass as they are. Drops what has no text
 * (`no_main_content`) and what would cost more work than any page for readers (`too_complex`).
 */
export const extractStep: Step<CorpusDocument, CorpusDocument> = {
  name: "extract",
  version: 2,
  apply(document) {
    if (document.metadata.format !== "html") return { kept: true, value: document };
    const drop = (reason: string, detail: string): StepResult<never> => ({
      kept: false,
      drop: { documentId: document.id, step: "extract", reason, detail },
    });
    let extracted: ExtractedPage;
    try {
      extracted = extractMainContent(document.text);
    } catch (error) {
      if (error instanceof TooComplexError) return drop("too_complex", error.message);
      throw error;
    }
    const { text, language, ...page } = extracted;
    if (text === "") {
      return drop("no_main_content", `found no text in ${document.text.length} characters of HTML, wanted some`);
    }
    const facts: Record<string, MetadataValue> = { ...document.metadata, ...page };
    if (language !== undefined) facts.declaredLanguage = language;
    return { kept: true, value: { ...document, text, metadata: facts } };
  },
};
