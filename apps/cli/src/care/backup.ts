/**
 * Copies of a data folder as one file: a tar under gzip, whose last entry is a manifest with the hash of every other. The folder is at
 * rest meanwhile: this process is its owner and runs no services.
 */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { lstat, open, readdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Sha256 } from "@millrace/contracts";
import { z } from "zod";
import { FORMAT_VERSION, openDataFolder } from "../data_folder/data_folder.ts";
import { UsageError } from "../usage_error.ts";
import { rememberBackup } from "./known_backups.ts";
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

export interface BackupReport {
  readonly file: string;
  readonly files: number;
  /** Before compression. */
  readonly bytes: number;
}

/** The holder's lock, what may be lost, and what tells of this machine's past. */
const LEFT_OUT = ["owner.json", "takeover.lock", "scratch", "log.jsonl", "artifacts/.spool"];

/**
 * Backs a data folder up.
 * @param file Must not be there.
 * @param onBytes Told how many bytes are read.
 * @throws {UsageError} If the file is there or lies in the folder, or a process serves the folder.
 */
export async function backUp(
  dataDir: string,
  file: string,
  nowMs: number,
  onBytes: (done: number) => void,
): Promise<BackupReport> {
  const target = resolve(file);
  if (`${target}/`.startsWith(`${resolve(dataDir)}/`))
    throw new UsageError(`millrace backup: ${file} lies in ${dataDir}; choose a place outside`);
  if (await lstat(target).catch(() => undefined))
    throw new UsageError(`millrace backup: ${file} is there already; choose another name`);
  const folder = await openDataFolder(dataDir);
  if ("owner" in folder) {
    const { pid } = folder.owner;
    throw new UsageError(
      `millrace backup: process ${pid} has ${dataDir}; stop it first, a backup is made of a folder at rest`,
    );
  }
  const draft = `${target}.partial`;
  try {
    const made = {
      madeAt: new Date(nowMs).toISOString(),
      folders: [] as string[],
      files: {} as BackupManifest["files"],
    };
    const blocks = Readable.from(packed(folder.path, made, onBytes));
    await pipeline(blocks, createGzip({ level: 4 }), createWriteStream(draft, { mode: 0o600, flags: "w" }));
    await forceToDisk(draft);
    // Before it is there: one that is known too many does no harm, one too few brings a forgotten document back.
    await rememberBackup(folder.path, { file: target, madeAt: made.madeAt });
    await rename(draft, target);
    const sizes = Object.values(made.files).map(({ sizeBytes }) => sizeBytes);
    return { file: target, files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await folder.release();
  }
}

async function* packed(
  root: string,
  made: Omit<BackupManifest, "version" | "format">,
  onBytes: (done: number) => void,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const entry of entriesOf(root, "")) {
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
    if (entry.isFolder) made.folders.push(entry.name);
    else made.files[entry.name] = { sha256: hash.digest("hex"), sizeBytes: entry.sizeBytes };
  }
  const manifest = new TextEncoder().encode(JSON.stringify({ version: 1, format: FORMAT_VERSION, ...made }));
  yield* tarBlocks({ name: MANIFEST, isFolder: false, sizeBytes: manifest.length }, manifest);
  yield tarEnd();
}

/** Everything below a folder, folders before what is in them, by name. */
async function* entriesOf(root: string, below: string): AsyncGenerator<TarEntry> {
  for (const name of (await readdir(join(root, below))).toSorted()) {
    const path = below === "" ? name : `${below}/${name}`;
    if (LEFT_OUT.includes(path)) continue;
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

/** Bytes that a backup of the folder would read. */
export async function backupBytes(dataDir: string): Promise<number> {
  let bytes = 0;
  for await (const { sizeBytes } of entriesOf(resolve(dataDir), "")) bytes += sizeBytes;
  return bytes;
}

async function forceToDisk(file: string): Promise<void> {
  const handle = await open(file, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
