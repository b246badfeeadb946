/** Pages made to cost more than their size: each either stays within work that grows with its size, or is refused by counting. */
import { expect, test } from "vitest";
import { extractStep } from "../extract.ts";
import { TooComplexError } from "../too_complex.ts";
import { checkPage } from "./page_limits.ts";
import { indexPage } from "./page_index.ts";
import type { PageIndex } from "./page_index.ts";
import { parseHtml } from "./parse_html.ts";
import { renderMarkdown } from "./render_markdown.ts";
import { textLeaves } from "./text_leaves.ts";

const deep = (tag: string, inside: string): string => `<${tag}>`.repeat(390) + inside + `</${tag}>`.repeat(390);
const rows = "<p>one</p>".repeat(2000);

test.each([
  ["levels that never close", "<div>".repeat(401)],
  ["levels that a closing tag in an attribute seems to end", '<div><p title="</div>">'.repeat(500)],
  ["items and options, which close only their like", "<li><option>".repeat(500)],
  ["a million levels", "<dd><li><td><tr>".repeat(250_000)],
  ["many elements", "<b></b>".repeat(100_001)],
  ["many comments", "<!---->".repeat(300_001)],
  ["many references", "&amp;".repeat(300_001)],
  ["many brackets", "< ".repeat(300_001)],
  ["many attributes", `<p ${Array.from({ length: 500_001 }, (_, at) => `a${at}`).join(" ")}>`],
])("checkPage() refuses %s", (_, html) => {
  expect(() => checkPage(html)).toThrow(TooComplexError);
});

/** Counts how often a page's index is asked. */
function counted(index: PageIndex): { index: PageIndex; calls: () => number } {
  let calls = 0;
  const count =
    (ask: (element: Element) => boolean) =>
    (element: Element): boolean => {
      calls += 1;
      return ask(element);
    };
  return {
    index: {
      isUnread: count(index.isUnread),
      holdsBlock: count(index.holdsBlock),
      holdsTable: count(index.holdsTable),
      holdsTitle: count(index.holdsTitle),
    },
    calls: () => calls,
  };
}

test.each(["div", "span", "header", "blockquote", "noscript", 'div aria-hidden="true"', "ul", "table", "h2"])(
  "work on 390 levels of <%s> grows with the elements, not with elements times levels",
  (tag) => {
    const document = parseHtml(deep(tag, rows).replaceAll(`</${tag}>`, `</${tag.split(" ")[0]}>`));
    const elements = document.querySelectorAll("*").length;
    const { index, calls } = counted(indexPage(document.documentElement));
    const { leaves, containers } = textLeaves(document.documentElement, index);
    expect(calls()).toBeLessThan(6 * elements);
    expect(leaves.length).toBe(2000);
    expect(containers.length).toBeLessThan(elements);
    expect(containers.at(-1)?.words).toBe(2000);

    const asked = calls();
    const text = renderMarkdown(document.documentElement, { skips: index.isUnread, holdsTable: index.holdsTable });
    expect(calls() - asked).toBeLessThan(4 * elements);
    expect(text.length).toBeLessThan(40 * 2000);
  },
);

/** Each of these took the square of its size in some step: at this size that is minutes to years. */
test.each([
  ["a run of spaces in code", `<pre>a${" ".repeat(2_000_000)}x</pre>`, 2_000_002],
  ["a run of spaces in quoted code", `<blockquote><pre>a${" ".repeat(2_000_000)}x</pre></blockquote>`, 2_000_002],
  ["a table of many rows", `<table>${"<tr><td>a<td>b".repeat(30_000)}`, 30_000 * 9],
  ["nested lists around many lines of code", `${"<ul><li>".repeat(190)}<pre>${"a\n".repeat(100_000)}x</pre>`, 200_000],
  ["a long class around many leaves", `<div class="${"c".repeat(1_000_000)}">${"<p>one two</p>".repeat(20_000)}`, 1],
  ["deep JSON-LD", `<script type="application/ld+json">{"text":${"[".repeat(1e6)}${"]".repeat(1e6)}}</script><p>x`, 1],
])("extractStep() goes through %s", async (_, html, least) => {
  const document = { id: "1", text: html, source: { path: "a.html", record: 0 }, metadata: { format: "html" } };
  const result = await extractStep.apply(document);
  expect(result.kept && result.value.text.length).toBeGreaterThanOrEqual(least);
});
