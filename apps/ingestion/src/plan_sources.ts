/** Freezing the source list: which files, how large, with which hash, cut into shards before anything is read. */
import type { Recipe, SourcePlan } from "@millrace/contracts";
import { byPath, cutShards, listSources, mostBytesOf } from "./list_sources.ts";
import { sha256 } from "./read_source.ts";
import type { SourceFiles } from "./source_files.ts";

/**
 * Lists and hashes the sources of a recipe.
 * @param recipe Its source paths are absolute.
 * @param reached Called after each file with how many are done, and of how many.
 * @throws {UnusableSourceError} If there is nothing where a source points, or a pattern of it leaves its folder.
 */
export async function planSources(
  recipe: Recipe,
  files: SourceFiles,
  reached: (done: number, total: number) => Promise<void>,
): Promise<SourcePlan> {
  const { root, files: listed, quarantined: tooLarge, skipped } = await listSources(recipe, files);
  const sources: SourcePlan["sources"] = [];
  const quarantined = [...tooLarge];
  for (const [index, file] of listed.entries()) {
    try {
      const bytes = await files.read(root, file.path, mostBytesOf(file.path, recipe.corpus.maxDocumentBytes));
      sources.push({ ...file, sizeBytes: bytes.length, sha256: await sha256(bytes) });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      quarantined.push({ path: file.path, reason: "unreadable", detail });
    }
    await reached(index + 1, listed.length);
  }
  const left = { quarantined: byPath(quarantined), ...(skipped !== undefined && { skipped }) };
  return { version: 1, root, sources, ...left, shards: cutShards(sources) };
}
