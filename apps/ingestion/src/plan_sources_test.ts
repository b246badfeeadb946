import { Recipe } from "@millrace/contracts";
import { expect, test } from "vitest";
import { planSources } from "./plan_sources.ts";
import type { SourceFiles } from "./source_files.ts";

/** Files that are listed under the source they belong to; reading notes the whole path. */
function filesAt(
  listed: Readonly<Record<string, readonly string[]>>,
): SourceFiles & { readonly read: SourceFiles["read"]; seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    list: async ({ path }) => ({
      root: path,
      files: (listed[path] ?? []).map((file) => ({ path: file, sizeBytes: 5 })),
      skipped: [],
    }),
    async read(root, path) {
      seen.push(`${root === "/" ? "" : root}/${path}`);
      return new TextEncoder().encode(path);
    },
  };
}

const recipe = (...paths: readonly string[]): Recipe =>
  Recipe.parse({ name: "docs", sources: paths.map((path) => ({ path })) });

test.each([
  [["/a/docs"], "/a/docs", ["x.md"]],
  [["/a/docs", "/a/notes"], "/a", ["docs/x.md", "notes/x.md"]],
  [["/a/docs", "/a/docs/sub"], "/a/docs", ["sub/x.md", "x.md"]],
  [["/a/docs", "/b/docs"], "/", ["a/docs/x.md", "b/docs/x.md"]],
])("planSources() names the files of %j from the deepest folder that holds them all", async (paths, root, names) => {
  const files = filesAt(Object.fromEntries(paths.map((path) => [path, ["x.md"]])));
  const plan = await planSources(recipe(...paths), files, async () => {});
  expect(plan.root).toBe(root);
  expect(plan.sources.map(({ path }) => path)).toEqual(names);
  expect(files.seen.sort()).toEqual(paths.map((path) => `${path}/x.md`).sort());
});
