/**
 * Artifacts as files: `<dir>/<project>/<first two digits>/<sha256>`, the manifest beside it as `<sha256>.chunks.json`. Files appear
 * by rename, complete and on disk: a crash leaves at most a file in `<dir>/.spool`.
 */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { checkAddress, checkProject } from "../address.ts";
import type { ArtifactStore, Artifacts } from "../store.ts";
import { verifiedReading } from "../verified_reading.ts";
import { nodeHash, spool } from "./spool.ts";

/**
 * Opens a folder of artifacts.
 * @param dir Made when first written to. Several processes may share it: what they write appears whole, under the same names.
 */
export function fileStore(dir: string): ArtifactStore {
  return {
    forProject(project) {
      checkProject(project);
      return projectArtifacts(dir, project);
    },
  };
}

function projectArtifacts(dir: string, project: string): Artifacts {
  const root = join(dir, project);
  const fileOf = (sha256: string): string => join(root, sha256.slice(0, 2), sha256);
  const manifestOf = (sha256: string): string => `${fileOf(sha256)}.chunks.json`;
  const spoolDir = join(dir, ".spool");

  const sizeOf = async (sha256: string): Promise<number | undefined> => {
    checkAddress(sha256);
    const found = await presentOrUndefined(stat(fileOf(sha256)));
    return found?.size;
  };

  return {
    ...verifiedReading({
      project,
      newHash: nodeHash,
      async open(sha256, range) {
        const file = fileOf(sha256);
        if ((await sizeOf(sha256)) === undefined) return undefined;
        // `end` is inclusive.
        const bounds = range === undefined ? {} : { start: range.from, end: range.to - 1 };
        return Readable.toWeb(createReadStream(file, bounds)) as ReadableStream<Uint8Array>;
      },
      manifest: (sha256) => presentOrUndefined(readFile(manifestOf(sha256), "utf8")),
    }),
    sizeOf,
    has: async (sha256) => (await sizeOf(sha256)) !== undefined,
    async put(content, mediaType) {
      await mkdir(spoolDir, { recursive: true });
      const spooled = join(spoolDir, randomUUID());
      const manifest = await spool(content, spooled);
      const { sha256, sizeBytes } = manifest;
      const file = fileOf(sha256);
      await mkdir(dirname(file), { recursive: true });
      // The manifest first: an artifact that is there has one.
      const manifestSpool = `${spooled}.chunks.json`;
      await spool(new TextEncoder().encode(JSON.stringify(manifest)), manifestSpool);
      await rename(manifestSpool, manifestOf(sha256));
      await rename(spooled, file);
      await syncFolder(dirname(file));
      return { sha256, sizeBytes, mediaType };
    },
    async delete(sha256) {
      checkAddress(sha256);
      await rm(fileOf(sha256), { force: true });
      await rm(manifestOf(sha256), { force: true });
    },
    async deleteOlder(sha256, beforeMs) {
      checkAddress(sha256);
      const found = await presentOrUndefined(stat(fileOf(sha256)));
      if (found && found.mtimeMs >= beforeMs) return false;
      await mkdir(spoolDir, { recursive: true });
      // Aside first, then looked at again: what a writer stores meanwhile is either found to be young and put back, or is not touched.
      for (const path of [manifestOf(sha256), fileOf(sha256)]) {
        if (!(await deleteFileOlder(path, join(spoolDir, randomUUID()), beforeMs))) return false;
      }
      return true;
    },
    async *list() {
      for (const prefix of (await namesIn(root)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
        for (const sha256 of (await namesIn(join(root, prefix))).filter((name) => /^[0-9a-f]{64}$/.test(name))) {
          const found = await presentOrUndefined(stat(fileOf(sha256)));
          if (!found) continue;
          // The manifest is written after the content, and what is told here is when the whole of it was stored.
          const manifest = await presentOrUndefined(stat(manifestOf(sha256)));
          yield { sha256, sizeBytes: found.size, storedAtMs: Math.max(found.mtimeMs, manifest?.mtimeMs ?? 0) };
        }
      }
    },
  };
}

/** @param aside A free name in the same file system. */
async function deleteFileOlder(path: string, aside: string, beforeMs: number): Promise<boolean> {
  if ((await presentOrUndefined(rename(path, aside).then(() => true))) === undefined) return true;
  const isOlder = (await stat(aside)).mtimeMs < beforeMs;
  if (isOlder) await rm(aside);
  else await rename(aside, path);
  return isOlder;
}

async function namesIn(folder: string): Promise<string[]> {
  return ((await presentOrUndefined(readdir(folder))) ?? []).toSorted();
}

// A rename is on disk only when its folder is.
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function presentOrUndefined<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
