import { expect, test } from "vitest";
import { passageLines } from "./passage_lines.ts";

const passage = { documentId: "d1", source: "docs/mill.md", title: null, passage: "the mill", hits: [], score: 1 };

test("passageLines() counts passages, of which a document may have several", () => {
  const found = { query: "mill", runId: "run-1", total: 8275, results: [passage, { ...passage, passage: "a\nwheel" }] };
  expect(passageLines(found)).toEqual([
    "docs/mill.md",
    "  the mill",
    "  d1",
    "docs/mill.md",
    "  a wheel",
    "  d1",
    "2 of 8275 passages in run-1",
  ]);
  expect(passageLines({ ...found, query: "the", total: 0, results: [] })[0]).toMatch(
    /^No kept document has these words.* not looked for/,
  );
  expect(passageLines({ ...found, runId: null, total: 0, results: [] })).toEqual(["There is no run to search in."]);
});
