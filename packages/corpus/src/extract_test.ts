import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Document } from "./document.ts";
import { extractMainContent, extractStep } from "./extract.ts";

const SENTENCE = "The mill race carries the water of the river to the wheel, which turns the stones day and night. ";

function page(content: string, head = ""): string {
  return `<!doctype html><html lang="en-GB"><head><title>Tab | Site</title>${head}</head><body>
    <header><a href="/">Home</a></header>
    <nav><ul><li><a href="/a">First place</a></li><li><a href="/b">Second place</a></li></ul></nav>
    <main><article>${content}</article></main>
    <footer><p>Copyright 2024. <a href="/p">Privacy policy</a></p></footer></body></html>`;
}

describe("extractMainContent()", () => {
  test("extractMainContent() keeps the article and leaves out navigation and footer", () => {
    const { text } = extractMainContent(page(`<h1>The race</h1><p>${SENTENCE.repeat(3)}</p><p>${SENTENCE}Again.</p>`));
    expect(text).toBe(`# The race\n\n${SENTENCE.repeat(3).trim()}\n\n${SENTENCE}Again.`);
  });

  test("extractMainContent() writes headings, lists, code and tables as Markdown", () => {
    const { text } = extractMainContent(
      page(`<h1>Guide</h1><p>${SENTENCE.repeat(2)}</p><h2>Steps</h2>
        <ol><li>${SENTENCE}One.</li><li>${SENTENCE}Two.</li></ol>
        <pre><code class="language-js">const a = 1;\nif (a &lt; 2) b();\n</code></pre><p>${SENTENCE}Three.</p>
        <table><tr><th>Wheel kind</th><th>Power of it</th></tr><tr><td>Overshot wheel</td><td>Much of it | all</td></tr></table>
        <p>${SENTENCE.repeat(2)}Four.</p>`),
    );
    expect(text).toContain("## Steps");
    expect(text).toContain(`1. ${SENTENCE}One.\n2. ${SENTENCE}Two.`);
    expect(text).toContain("```js\nconst a = 1;\nif (a < 2) b();\n```");
    expect(text).toContain("| Wheel kind | Power of it |\n| --- | --- |\n| Overshot wheel | Much of it \\| all |");
  });

  test("extractMainContent() reads title, description, date, author and language", () => {
    const head = `<meta name="description" content="About water."><meta property="article:published_time" content="2024-05-31T10:00:00Z">
      <script type="application/ld+json">{"@type":"NewsArticle","author":[{"@type":"Person","name":"A. Miller"}]}</script>`;
    expect(extractMainContent(page(`<h1>The race</h1><p>${SENTENCE.repeat(5)}</p>`, head))).toMatchObject({
      title: "The race",
      description: "About water.",
      date: "2024-05-31T10:00:00Z",
      author: "A. Miller",
      language: "en-GB",
      pageType: "article",
    });
  });

  test("extractMainContent() sees a forum in its markup", () => {
    const head = '<meta name="generator" content="Discourse 3.1">';
    expect(extractMainContent(page(`<p>${SENTENCE.repeat(2)}</p>`, head)).pageType).toBe("forum");
  });

  test("extractMainContent() reads a page whose content stands in a large noscript", () => {
    const html = `<html><body><div id="app"></div><noscript><p>${SENTENCE.repeat(8)}</p></noscript></body></html>`;
    expect(extractMainContent(html).text).toContain("mill race");
  });

  test("extractMainContent() takes a fragment without <html>", () => {
    expect(extractMainContent(`<p>${SENTENCE.repeat(3)}</p><p>${SENTENCE}More.</p>`).text).toContain("More.");
  });

  test.each([
    ["nesting as deep as it may be", `${"<div>".repeat(390)}${SENTENCE.repeat(5)}`],
    ["inline nesting as deep as it may be", `${"<span><b>".repeat(195)}${SENTENCE.repeat(5)}`],
    ["a huge attribute", `<p title="${"x".repeat(2_000_000)}">${SENTENCE.repeat(5)}</p><p>${SENTENCE}</p>`],
    ["unclosed comments", `<p>${SENTENCE.repeat(5)}</p>${"<!--".repeat(100_000)}`],
    ["openings without an end", `<p>${SENTENCE.repeat(5)}</p>${"<a ".repeat(100_000)}`],
    ["broken JSON-LD", page(`<p>${SENTENCE.repeat(5)}</p>`, '<script type="application/ld+json">{"a":</script>')],
    ["nothing", ""],
    ["a root of another kind", "<svg><text>hello</text></svg>"],
  ])("extractMainContent() survives %s", (_, html) => {
    expect(typeof extractMainContent(html).text).toBe("string");
  });

  test("extractMainContent() never throws for any tags", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "<p>",
        "</p>",
        "<div hidden>",
        "<table>",
        "<tr>",
        "<td>",
        "<ul>",
        "<li>",
        "<h1>",
        "</h1>",
        "<pre>",
        "<body>",
        "</body>",
        "<!--",
        "<html>",
        "<br>",
        "<noscript>",
        "</html>",
      ),
      fc.string({ maxLength: 10 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(typeof extractMainContent(pieces.join("")).text).toBe("string");
      }),
      { numRuns: 300 },
    );
  });
});

describe("extractStep", () => {
  const document: Document = { id: "1", text: "", source: { path: "a.html", record: 0 }, metadata: { format: "html" } };

  test("extractStep() replaces HTML by its content and keeps the page's facts", async () => {
    const result = await extractStep.apply({ ...document, text: page(`<h1>Race</h1><p>${SENTENCE.repeat(4)}</p>`) });
    expect(result).toMatchObject({ kept: true, value: { metadata: { title: "Race", declaredLanguage: "en-GB" } } });
  });

  test("extractStep() drops a page without text and says why", async () => {
    const result = await extractStep.apply({ ...document, text: "<html><body><img></body></html>" });
    expect(result).toMatchObject({ kept: false, drop: { documentId: "1", reason: "no_main_content" } });
  });

  test("extractStep() drops a page nested too deep and says why", async () => {
    const result = await extractStep.apply({ ...document, text: `${"<div>".repeat(401)}${SENTENCE}` });
    expect(result).toMatchObject({
      kept: false,
      drop: { reason: "too_complex", detail: "found a page of more than 400 levels, wanted at most that many" },
    });
  });

  test("extractStep() passes other formats as they are", async () => {
    const markdown = { ...document, text: "# A <b>", metadata: { format: "markdown" } };
    expect(await extractStep.apply(markdown)).toEqual({ kept: true, value: markdown });
  });
});

test("extractMainContent() keeps a tag that a heading shows as text", () => {
  const html = `<html><body><article><h1>Why &lt;script&gt;alert(2)&lt;/script&gt; runs</h1><p>${"The page explains it. ".repeat(20)}</p></article></body></html>`;
  expect(extractMainContent(html).title).toBe("Why <script>alert(2)</script> runs");
});
