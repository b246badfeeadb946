/** Freezing the source list: which files, how large, with which hash, cut into shards before anything is read. */
import { compareBytes } from "@millrace/artifacts";
import type { Recipe, SourcePlan } from "@millrace/contracts";
import { sha256 } from "./read_sources.ts";
import type { SourceFiles } from "./source_files.ts";

const SHARD_BYTES = 4 * 1024 * 1024;
const SHARD_FILES = 512;
/** A file larger than this is never read whole; JSON lines of many documents may be larger than one document. */
const LARGEST_FILE_BYTES = 256 * 1024 * 1024;

type Planned = SourcePlan["sources"][number];

/**
 * Lists and hashes the sources of a recipe.
 * @param recipe Its source paths are absolute.
 * @param pause Called between files.
 */
export async function planSources(recipe: Recipe, files: SourceFiles, pause: () => Promise<void>): Promise<SourcePlan> {
  const sources = new Map<string, Planned>();
  const quarantined: SourcePlan["quarantined"] = [];
  const listed = await Promise.all(
    recipe.sources.map(async (source) => ({ ...(await files.list(source)), licence: source.licence })),
  );
  const root = commonFolder(listed.map((one) => one.root));
  for (const { root: own, files: found, licence } of listed) {
    for (const file of found) {
      await pause();
      const path = `${own === "/" ? "" : own}/${file.path}`.slice(root === "/" ? 1 : root.length + 1);
      const limit = Math.max(recipe.corpus.maxDocumentBytes, path.includes(".jsonl") ? LARGEST_FILE_BYTES : 0);
      if (file.sizeBytes > limit) {
        quarantined.push({
          path,
          reason: "too_large",
          detail: `found ${file.sizeBytes} bytes, wanted at most ${limit}`,
        });
        continue;
      }
      try {
        const bytes = await files.read(root, path);
        const planned = { path, sizeBytes: bytes.length, sha256: await sha256(bytes) };
        sources.set(path, licence === undefined ? planned : { ...planned, licence });
      } catch (error) {
        quarantined.push({
          path,
          reason: "unreadable",
          detail: error instanceof Error ? error.message : String(error),
        });
      }
    }
  }
  const encoder = new TextEncoder();
  const inOrder = <Item extends { path: string }>(items: Iterable<Item>): Item[] =>
    [...items].sort((left, right) => compareBytes(encoder.encode(left.path), encoder.encode(right.path)));
  const sorted = inOrder(sources.values());
  return { version: 1, root, sources: sorted, quarantined: inOrder(quarantined), shards: cut(sorted) };
}

/** The deepest folder that holds all of these. */
function commonFolder(folders: readonly string[]): string {
  const [first = "", ...rest] = folders;
  const parts = first.split("/");
  let shared = parts.length;
  for (const folder of rest) {
    const other = folder.split("/");
    while (shared > 0 && parts.slice(0, shared).join("/") !== other.slice(0, shared).join("/")) shared -= 1;
  }
  return parts.slice(0, shared).join("/") || "/";
}

function cut(sources: readonly Planned[]): SourcePlan["shards"] {
  const shards: SourcePlan["shards"] = [];
  let [from, bytes] = [0, 0];
  sources.forEach(({ sizeBytes }, index) => {
    if (index > from && (bytes + sizeBytes > SHARD_BYTES || index - from >= SHARD_FILES)) {
      shards.push({ from, to: index });
      [from, bytes] = [index, 0];
    }
    bytes += sizeBytes;
  });
  if (sources.length > from) shards.push({ from, to: sources.length });
  return shards;
}
