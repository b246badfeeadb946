/** Which files a recipe names, how large they are, and how they are cut into shards: all that can be known without reading any. */
import { compareBytes } from "@millrace/artifacts";
import { countSkipped, type Recipe, type Skipped, type SkippedFiles, type SourcePlan } from "@millrace/contracts";
import type { SourceFiles } from "./source_files.ts";

const SHARD_BYTES = 4 * 1024 * 1024;
const SHARD_FILES = 512;
/** A file larger than this is never read whole; JSON lines of many documents may be larger than one document. */
const LARGEST_FILE_BYTES = 256 * 1024 * 1024;

/** A file that will be read, as it was listed. */
export type ListedFile = Omit<SourcePlan["sources"][number], "sha256">;

export interface ListedSources {
  /** The deepest folder that holds all of them. */
  readonly root: string;
  /** Sorted by path, compared as bytes; each once, however many sources name it. */
  readonly files: readonly ListedFile[];
  /** Too large to be read; sorted likewise. */
  readonly quarantined: SourcePlan["quarantined"];
  /** Undefined: nothing was. */
  readonly skipped: SkippedFiles | undefined;
}

/**
 * Lists the sources of a recipe.
 * @param recipe Its source paths are absolute.
 * @throws {UnusableSourceError} If there is nothing where a source points, or a pattern of it leaves its folder.
 */
export async function listSources(recipe: Recipe, files: SourceFiles): Promise<ListedSources> {
  const listed = await Promise.all(
    recipe.sources.map(async (source) => ({ ...(await files.list(source)), licence: source.licence })),
  );
  const root = commonFolder(listed.map((one) => one.root));
  const wanted = new Map<string, ListedFile>();
  const quarantined = new Map<string, SourcePlan["quarantined"][number]>();
  const skipped = new Map<string, Skipped>();
  for (const { root: own, files: found, skipped: others, licence } of listed) {
    const pathOf = (below: string): string =>
      `${own === "/" ? "" : own}/${below}`.slice(root === "/" ? 1 : root.length + 1);
    for (const one of others) skipped.set(pathOf(one.path), one);
    for (const { path: below, sizeBytes } of found) {
      const path = pathOf(below);
      const limit = mostBytesOf(path, recipe.corpus.maxDocumentBytes);
      if (sizeBytes <= limit) {
        wanted.set(path, licence === undefined ? { path, sizeBytes } : { path, sizeBytes, licence });
      } else {
        const detail = `found ${sizeBytes} bytes, wanted at most ${limit}`;
        quarantined.set(path, { path, reason: "too_large", detail });
      }
    }
  }
  // One source may read what another leaves.
  for (const path of [...wanted.keys(), ...quarantined.keys()]) skipped.delete(path);
  return {
    root,
    files: byPath(wanted.values()),
    quarantined: byPath(quarantined.values()),
    skipped: countSkipped(skipped.values()),
  };
}

/** Bytes of a file above which it is not read. */
export function mostBytesOf(path: string, maxDocumentBytes: number): number {
  return Math.max(maxDocumentBytes, path.includes(".jsonl") ? LARGEST_FILE_BYTES : 0);
}

/** Sorts by path, compared as bytes. */
export function byPath<Item extends { readonly path: string }>(items: Iterable<Item>): Item[] {
  const encoder = new TextEncoder();
  return [...items].sort((left, right) => compareBytes(encoder.encode(left.path), encoder.encode(right.path)));
}

/** Cuts a list of files into shards of at most 512 files and, unless one file is larger, 4 MiB. */
export function cutShards(files: readonly { readonly sizeBytes: number }[]): SourcePlan["shards"] {
  const shards: SourcePlan["shards"] = [];
  let [from, bytes] = [0, 0];
  files.forEach(({ sizeBytes }, index) => {
    if (index > from && (bytes + sizeBytes > SHARD_BYTES || index - from >= SHARD_FILES)) {
      shards.push({ from, to: index });
      [from, bytes] = [index, 0];
    }
    bytes += sizeBytes;
  });
  if (files.length > from) shards.push({ from, to: files.length });
  return shards;
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
