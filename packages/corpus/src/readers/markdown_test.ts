import { describe, expect, test } from "vitest";
import { splitFrontMatter, stripInlineHtml } from "./markdown.ts";

describe("splitFrontMatter()", () => {
  test("splitFrontMatter() reads scalars and leaves nested values out", () => {
    const markdown = '---\r\ntitle: "A: b"\r\nweight: 3\r\ntags:\r\n  - x\r\nversion: 1.2.3\r\n---\r\nText';
    expect(splitFrontMatter(markdown)).toEqual({
      text: "Text",
      metadata: { title: "A: b", weight: 3, version: "1.2.3" },
    });
  });

  test("splitFrontMatter() keeps a leading rule and front matter without an end", () => {
    expect(splitFrontMatter("---\nText\n---\nMore").text).toBe("---\nText\n---\nMore");
    expect(splitFrontMatter("---\nkey: value\nText").text).toBe("---\nkey: value\nText");
  });

  test("splitFrontMatter() makes no prototype of a __proto__ key", () => {
    const { metadata } = splitFrontMatter("---\nproto__: a\n__proto__: b\n---\n");
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
  });
});

describe("stripInlineHtml()", () => {
  test("stripInlineHtml() keeps the text between tags and drops comments, scripts and styles", () => {
    const markdown = '<p align="center"><b>Bold</b></p>\n<!-- a\nb -->\n<script>x < 1</script>\nText<br/>';
    expect(stripInlineHtml(markdown)).toBe("Bold\n\n\nText".replace("\n\n\n", "\n\n"));
  });

  test("stripInlineHtml() leaves code alone", () => {
    const markdown = "`<div>` and\n\n```html\n<div>\n<!-- c -->\n```\n~~~\n<p>\n```\n~~~\n<p>x</p>";
    expect(stripInlineHtml(markdown)).toBe(markdown.replace("\n<p>x</p>", "\nx"));
  });

  test("stripInlineHtml() leaves what is no HTML element", () => {
    const markdown = "Array<string>, a < b, <https://example.org>, <T extends Foo>";
    expect(stripInlineHtml(markdown)).toBe(markdown);
  });

  test("stripInlineHtml() is linear on openings without an end", () => {
    const hostile = "<!-- <script> ".repeat(200_000);
    expect(stripInlineHtml(hostile).length).toBeGreaterThan(hostile.length / 2);
  });
});
