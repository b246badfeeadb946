/** A folder as the blocks of a tar, whose last entry is a manifest with the hash of every other. Nobody may write to the folder meanwhile. */
import { createHash } from "node:crypto";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Sha256 } from "@millrace/contracts";
import { z } from "zod";
import { FORMAT_VERSION } from "../data_folder/data_folder.ts";
import { UsageError } from "../usage_error.ts";
import { TRIAL } from "../writable.ts";
import { tarBlocks, tarEnd, type TarEntry } from "./tar.ts";

export const MANIFEST = "manifest.json";
export const BackupManifest = z.strictObject({
  /** Of this form of backup. */
  version: z.literal(1),
  /** Of the data folder. */
  format: z.number().int().positive(),
  madeAt: z.iso.datetime(),
  folders: z.array(z.string()),
  files: z.record(z.string(), z.strictObject({ sha256: Sha256, sizeBytes: z.number().int().nonnegative() })),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

/** What belongs to the process that has the folder, what may be lost, and what tells of this machine's past. */
const LEFT_OUT: readonly string[] = [
  "owner.json",
  "takeover.lock",
  "backups.lock",
  "scratch",
  "log.jsonl",
  "artifacts/.spool",
];

/** @param path In the data folder. */
export function isLeftOut(path: string): boolean {
  return LEFT_OUT.includes(path) || path.startsWith(TRIAL);
}

/** Enough to make a backup a fraction of its size without being what one waits for. */
export const COMPRESSION = { level: 4 };

/**
 * Packs a folder.
 * @param onBytes Told how many bytes are read so far.
 */
export async function* packFolder(
  root: string,
  nowMs: number,
  onBytes: (done: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const folders: string[] = [];
  const files: BackupManifest["files"] = {};
  let done = 0;
  for await (const entry of entriesOf(root)) {
    const path = join(root, entry.name);
    const hash = createHash("sha256");
    let isHeader = true;
    let left = entry.sizeBytes;
    for await (const piece of tarBlocks(entry, path)) {
      // Behind the header comes the content, then what fills the last block.
      const content = isHeader ? piece.subarray(0, 0) : piece.subarray(0, left);
      isHeader = false;
      left -= content.length;
      hash.update(content);
      onBytes((done += content.length));
      yield piece;
    }
    if (entry.isFolder) folders.push(entry.name);
    else files[entry.name] = { sha256: hash.digest("hex"), sizeBytes: entry.sizeBytes };
  }
  const madeAt = new Date(nowMs).toISOString();
  const manifest: BackupManifest = { version: 1, format: FORMAT_VERSION, madeAt, folders, files };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  yield* tarBlocks({ name: MANIFEST, isFolder: false, sizeBytes: bytes.length }, bytes);
  yield tarEnd();
}

/** Everything that is packed of a folder, folders before what is in them, by name. */
export async function* entriesOf(root: string, below = ""): AsyncGenerator<TarEntry> {
  for (const name of (await readdir(join(root, below))).toSorted()) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isLeftOut(path)) continue;
    const found = await lstat(join(root, path));
    if (found.isDirectory()) {
      yield { name: path, isFolder: true, sizeBytes: 0 };
      yield* entriesOf(root, path);
    } else if (found.isFile()) {
      yield { name: path, isFolder: false, sizeBytes: found.size };
    } else {
      throw new UsageError(
        `millrace backup: ${join(root, path)} is neither a file nor a folder; take it out of the way`,
      );
    }
  }
}
