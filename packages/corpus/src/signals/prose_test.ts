import { expect, test } from "vitest";
import { proseOf } from "./prose.ts";

test("proseOf() gives plain text back, but for its last line feed", () => {
  expect(proseOf("One line.\n\nAnother line.\n")).toEqual({ text: "One line.\n\nAnother line.", headings: [] });
});

test("proseOf() leaves out fenced and indented code, tables and definitions of links", () => {
  const markdown =
    "Before.\n\n~~~~ts\ncode()\n```\n~~~~\n\n    indented()\n\n| a | b |\n|:--|--:|\n| 1 | 2 |\n[a]: https://a.example\nAfter.";
  expect(proseOf(markdown).text.split("\n").filter(Boolean)).toEqual(["Before.", "After."]);
});

test("proseOf() takes a fence without an end as code to the end of the text", () => {
  expect(proseOf("Before.\n```\ncode()\nmore()").text).toBe("Before.");
});

test("proseOf() takes marks off headings, lists, inline code and links, and keeps their words", () => {
  const markdown = "## The `mill`\n- see [the wheel](https://example.org/#top)\n1. turn it\n      and wait";
  expect(proseOf(markdown)).toEqual({
    text: "The code\nsee [the wheel]\nturn it\n      and wait",
    headings: ["The `mill`"],
  });
});

test("proseOf() knows headings by the line under them", () => {
  expect(proseOf("1.0.0 / 2024-01-31\n====\n\nFirst.\n\n---\n\nLast.")).toEqual({
    text: "1.0.0 / 2024-01-31\n\nFirst.\n\n\nLast.",
    headings: ["1.0.0 / 2024-01-31"],
  });
});
