import fc from "fast-check";
import { expect, test } from "vitest";
import { breakDown, isUnder } from "./source_breakdown.ts";

test("breakDown() adds up folders and files below what all have in common, by bytes", () => {
  const breakdown = breakDown("");
  breakdown.add("site/docs/guide/a.md", "kept", 100);
  breakdown.add("site/docs/guide/b.md#2", "dropped", 30);
  breakdown.add("site/docs/index.md", "kept", 200);
  breakdown.add("site/docs/index.md#2", "kept", 50);
  expect(breakdown.entries(10)).toEqual({
    under: "site/docs",
    entries: [
      {
        path: "site/docs/index.md",
        kind: "file",
        kept: { documents: 2, bytes: 250 },
        dropped: { documents: 0, bytes: 0 },
      },
      {
        path: "site/docs/guide",
        kind: "folder",
        kept: { documents: 1, bytes: 100 },
        dropped: { documents: 1, bytes: 30 },
      },
    ],
    rest: null,
  });
});

test("breakDown() of one file shows the file", () => {
  const breakdown = breakDown("docs/a.md");
  breakdown.add("docs/a.md#2", "kept", 10);
  expect(breakdown.entries(10)).toMatchObject({ under: "docs", entries: [{ path: "docs/a.md", kind: "file" }] });
});

test("isUnder() does not take a name that begins alike for a folder", () => {
  expect(isUnder("docs/a.md", "docs")).toBe(true);
  expect(isUnder("docs-old/a.md", "docs")).toBe(false);
  expect(isUnder("docs/a.jsonl#4", "docs/a.jsonl#4")).toBe(true);
  expect(isUnder("docs/a.jsonl#43", "docs/a.jsonl#4")).toBe(false);
  expect(isUnder("docs/a.md#3", "docs/a.md")).toBe(true);
});

test("breakDown() loses nothing, however few entries are wanted", () => {
  const segment = fc.constantFrom("a", "b", "c");
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `${parts.join("/")}.md`);
  const document = fc.record({ path, bytes: fc.nat(1000), fate: fc.constantFrom("kept", "dropped") });
  fc.assert(
    fc.property(fc.array(document), fc.integer({ min: 1, max: 5 }), (documents, limit) => {
      const breakdown = breakDown("");
      for (const { path: source, bytes, fate } of documents) breakdown.add(source, fate, bytes);
      const { entries, rest } = breakdown.entries(limit);
      const all = rest === null ? entries : [...entries, rest];
      for (const fate of ["kept", "dropped"] as const) {
        const wanted = documents.filter((one) => one.fate === fate);
        expect(all.reduce((sum, entry) => sum + entry[fate].documents, 0)).toBe(wanted.length);
        expect(all.reduce((sum, entry) => sum + entry[fate].bytes, 0)).toBe(
          wanted.reduce((sum, { bytes }) => sum + bytes, 0),
        );
      }
    }),
  );
});
