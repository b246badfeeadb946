import { Recipe } from "@millrace/contracts";
import { expect, test } from "vitest";
import { listSources } from "./list_sources.ts";
import type { SourceFiles } from "./source_files.ts";

/** Files that can be listed and never read. */
const listedOnly: SourceFiles = {
  list: async ({ path }) => ({
    root: path,
    files: [
      { path: "b.md", sizeBytes: 5 },
      { path: "a.md", sizeBytes: 7 },
      { path: "large.md", sizeBytes: 10_001 },
      { path: "large.jsonl", sizeBytes: 10_001 },
    ],
    skipped: [
      { path: "report.pdf", kind: "file" },
      { path: "a.md", kind: "file" },
      { path: "up", kind: "link" },
    ],
  }),
  async read() {
    throw new Error("a file was read, wanted none");
  },
};

test("listSources() reads no file, sorts, and names a file once that two sources name", async () => {
  const sources = [{ path: "/docs" }, { path: "/docs", licence: "MIT" }];
  const recipe = Recipe.parse({ name: "docs", sources, corpus: { maxDocumentBytes: 10_000 } });
  const { root, files, quarantined, skipped } = await listSources(recipe, listedOnly);
  expect(root).toBe("/docs");
  expect(files).toEqual([
    { path: "a.md", sizeBytes: 7, licence: "MIT" },
    { path: "b.md", sizeBytes: 5, licence: "MIT" },
    { path: "large.jsonl", sizeBytes: 10_001, licence: "MIT" },
  ]);
  // A file that one source reads is not skipped because another leaves it.
  expect(skipped).toEqual({ types: { ".pdf": 1 }, links: 1, special: 0 });
  expect(quarantined.map(({ path, reason }) => [path, reason])).toEqual([["large.md", "too_large"]]);
});
