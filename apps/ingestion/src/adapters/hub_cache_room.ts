/**
 * How much the hub's models may take of the disk. Files go, and never a folder, so that nobody who is about to write finds one gone; what
 * somebody has open is read to its end.
 */
import { readdir, stat, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import type { CacheAmount } from "../base/base_folder.ts";
import { unlessGone } from "./unless_gone.ts";

interface Cached {
  readonly path: string;
  readonly sizeBytes: number;
  readonly usedAtMs: number;
}

/** What was used in the last hour a run may be about to read again. */
const IN_USE_MS = 3_600_000;

/** Deletes what was used least recently until the rest fits. What is in use stays, though it may be more. */
export async function keepWithin(folder: string, limitBytes: number): Promise<void> {
  const files = await cachedFiles(folder);
  let bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  for (const file of files.toSorted((left, right) => left.usedAtMs - right.usedAtMs)) {
    if (bytes <= limitBytes || file.usedAtMs > Date.now() - IN_USE_MS) return;
    if (await freed(file)) bytes -= file.sizeBytes;
  }
}

/** Deletes what nobody has used since, or only tells what that is. */
export async function freeUnused(
  folder: string,
  { usedBeforeMs, dryRun }: { readonly usedBeforeMs: number; readonly dryRun: boolean },
): Promise<{ readonly kept: CacheAmount; readonly freed: CacheAmount }> {
  const [kept, gone]: [Cached[], Cached[]] = [[], []];
  for (const file of await cachedFiles(folder)) {
    const goes = file.usedAtMs < usedBeforeMs && (dryRun || (await freed(file)));
    (goes ? gone : kept).push(file);
  }
  return { kept: amountOf(kept), freed: amountOf(gone) };
}

function amountOf(files: readonly Cached[]): CacheAmount {
  return { files: files.length, bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

/** Content alone, and what is left of downloads: which commit a branch was is some bytes, and what offline runs go by. */
async function cachedFiles(folder: string): Promise<Cached[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(unlessGone);
  const found = await Promise.all(
    (entries ?? [])
      .filter((entry) => entry.isFile() && basename(entry.parentPath) === "blobs")
      .map(({ parentPath, name }) => factsOf(join(parentPath, name))),
  );
  return found.filter((file) => file !== undefined);
}

async function factsOf(path: string): Promise<Cached | undefined> {
  const facts = await stat(path).catch(unlessGone);
  return facts && { path, sizeBytes: facts.size, usedAtMs: facts.mtimeMs };
}

/** False where it has been used since it was looked at, or somebody else has deleted it. */
async function freed({ path, usedAtMs }: Cached): Promise<boolean> {
  if ((await factsOf(path))?.usedAtMs !== usedAtMs) return false;
  return unlink(path).then(
    () => true,
    (error: unknown) => unlessGone(error) ?? false,
  );
}
