/** Freezing the source list: which files, how large, with which hash, cut into shards before anything is read. */
import type { Recipe, SourcePlan } from "@millrace/contracts";
import { byPath, cutShards, listSources } from "./list_sources.ts";
import { sha256 } from "./read_sources.ts";
import type { SourceFiles } from "./source_files.ts";

/**
 * Lists and hashes the sources of a recipe.
 * @param recipe Its source paths are absolute.
 * @param pause Called between files.
 * @throws {Error} Named `SourceMissingError`, if there is nothing where a source points.
 */
export async function planSources(recipe: Recipe, files: SourceFiles, pause: () => Promise<void>): Promise<SourcePlan> {
  const { root, files: listed, quarantined: tooLarge } = await listSources(recipe, files);
  const sources: SourcePlan["sources"] = [];
  const quarantined = [...tooLarge];
  for (const file of listed) {
    await pause();
    try {
      const bytes = await files.read(root, file.path);
      sources.push({ ...file, sizeBytes: bytes.length, sha256: await sha256(bytes) });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      quarantined.push({ path: file.path, reason: "unreadable", detail });
    }
  }
  return { version: 1, root, sources, quarantined: byPath(quarantined), shards: cutShards(sources) };
}
