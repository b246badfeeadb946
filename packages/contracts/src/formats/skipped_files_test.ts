import { expect, test } from "vitest";
import { countSkipped, type Skipped, SkippedFiles, skippedWords } from "./skipped_files.ts";

const files = (...paths: readonly string[]): Skipped[] => paths.map((path) => ({ path, kind: "file" }));

test("countSkipped() counts by ending, most frequent first, and links and special files by themselves", () => {
  const counted = countSkipped([
    ...files(
      "a/Makefile",
      "b.d/README",
      "x.pdf",
      "y.PDF",
      "z.tar.gz",
      "odd.\u001b[31m",
      "long.aaaaaaaaaaaaaaaaaaaaaaaa",
    ),
    { path: "l", kind: "link" },
    { path: "s.pdf", kind: "special" },
  ]);
  expect(SkippedFiles.parse(counted)).toEqual({
    types: { ".pdf": 2, none: 2, ".gz": 1, other: 2 },
    links: 1,
    special: 1,
  });
  expect(Object.keys(counted?.types ?? {})).toEqual([".pdf", "none", ".gz", "other"]);
  expect(skippedWords(SkippedFiles.parse(counted))).toBe(
    "7 files of types that are not read (2 .pdf, 2 without an ending, 1 .gz, 2 of others), 1 link, 1 socket, pipe or device",
  );
});

test("skippedWords() names the most frequent first, in whatever order the keys are", () => {
  const types = { other: 9, none: 1, ".bin": 1, ".pdf": 2 };
  expect(skippedWords({ types, links: 0, special: 2 })).toBe(
    "13 files of types that are not read (2 .pdf, 1 .bin, 1 without an ending, 9 of others), 2 sockets, pipes or devices",
  );
});

test("countSkipped() tells at most twenty endings, and nothing where nothing was skipped", () => {
  const many = Array.from({ length: 1000 }, (_, index) => `a.x${index % 50}`);
  const { types = {} } = countSkipped(files(...many)) ?? {};
  expect(Object.keys(types)).toHaveLength(21);
  expect(types["other"]).toBe(600);
  expect(countSkipped([])).toBeUndefined();
  expect(skippedWords({ types: { ".pdf": 1 }, links: 0, special: 0 })).toBe(
    "1 file of types that are not read (1 .pdf)",
  );
});
