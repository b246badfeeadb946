import { expect, test } from "vitest";
import { quarantineLines } from "./quarantined.ts";

const documents = [
  { source: "docs/a.txt", reasons: [{ code: "binary", detail: "found 40 % control characters" }] },
  { source: "docs/\u001b[2Jb.md", reasons: [{ code: "changed" }, { code: "unreadable" }] },
];

test("quarantineLines() tells each with its reasons and how many more there are, and nothing that moves a cursor", () => {
  expect(quarantineLines({ total: 11, documents })).toEqual([
    "",
    "Quarantined (11)",
    "  docs/a.txt  binary: found 40 % control characters",
    "  docs/ [2Jb.md  changed; unreadable",
    "  and 9 more; the console's Corpus page has them all",
  ]);
  expect(quarantineLines({ total: 2, documents })).toHaveLength(4);
  expect(quarantineLines({ total: 0, documents: [] })).toEqual([]);
});
