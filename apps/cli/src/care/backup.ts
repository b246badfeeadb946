/** Copies of a data folder as one file: a tar under gzip. Where a process serves the folder, that process makes the copy. */
import { createWriteStream, type WriteStream } from "node:fs";
import { lstat, open, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { connect } from "../client.ts";
import { openDataFolder } from "../data_folder/data_folder.ts";
import { UsageError } from "../usage_error.ts";
import { requireWritableFile } from "../writable.ts";
import { askForBackup } from "./ask_for_backup.ts";
import { draftOf, forgetBackup, type KnownBackup, rememberBackup } from "./known_backups.ts";
import { BackupManifest, COMPRESSION, entriesOf, MANIFEST, packFolder } from "./packed_folder.ts";
import { tarReader } from "./tar.ts";
import { unzipped } from "./unzipped.ts";

export interface BackupReport {
  readonly file: string;
  readonly files: number;
  /** Before compression. */
  readonly bytes: number;
}

/**
 * Backs a data folder up.
 * @param file Must not be there.
 * @param onBytes Told how many bytes of how many are read; where another process reads them, how many of the file have come.
 * @param signal Breaks it off, and nothing of it is left: a half backup has the keys of the folder in it too.
 * @throws {UsageError} If the file is there, lies in the folder, or cannot be written.
 */
export async function backUp(
  dataDir: string,
  file: string,
  nowMs: number,
  onBytes: (done: number, total?: number) => void,
  signal: AbortSignal,
): Promise<BackupReport> {
  const target = resolve(file);
  if (`${target}/`.startsWith(`${resolve(dataDir)}/`))
    throw new UsageError(`millrace backup: ${file} lies in ${dataDir}; choose a place outside`);
  await requireWritableFile("millrace backup:", file);
  const draft = await takeDraft(target);
  try {
    if (await lstat(target).catch(() => undefined))
      throw new UsageError(`millrace backup: ${file} is there already; choose another name`);
    const folder = await openDataFolder(dataDir);
    try {
      return await known(resolve(dataDir), { file: target, madeAt: new Date(nowMs).toISOString() }, async () => {
        if ("owner" in folder) await takeFromOwner(dataDir, draft, onBytes, signal);
        else {
          const total = await backupBytes(folder.path);
          const packed = packFolder(folder.path, nowMs, (done) => onBytes(done, total));
          await pipeline(Readable.from(packed), createGzip(COMPRESSION), writeTo(draft), { signal });
        }
        await forceToDisk(draft);
        const { files } = await manifestOf(draft);
        signal.throwIfAborted();
        await rename(draft, target);
        const sizes = Object.values(files).map(({ sizeBytes }) => sizeBytes);
        return { file: target, files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
      });
    } finally {
      if ("release" in folder) await folder.release();
    }
  } catch (error) {
    await rm(draft, { force: true });
    signal.throwIfAborted();
    throw error;
  }
}

/** Makes a backup that its folder knows from before anything is read: one too many does no harm, one too few brings a forgotten document back. */
async function known<Made>(folder: string, backup: KnownBackup, make: () => Promise<Made>): Promise<Made> {
  rememberBackup(folder, backup);
  try {
    return await make();
  } catch (error) {
    forgetBackup(folder, backup.file);
    throw error;
  }
}

/** Whoever has a draft has the backup's name until the end: two that write to one file would spoil both. */
async function takeDraft(target: string): Promise<string> {
  const draft = draftOf(target);
  try {
    await (await open(draft, "wx", 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const why = "another backup is being made to this name, or was broken off; wait, choose another name, or delete it";
    throw new UsageError(`millrace backup: ${draft} is there already: ${why}`);
  }
  return draft;
}

async function takeFromOwner(
  dataDir: string,
  draft: string,
  onBytes: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const client = await connect({ dataDir }, { works: false });
  try {
    const packed = await askForBackup(client, signal);
    let done = 0;
    packed.on("data", (piece: Uint8Array) => onBytes((done += piece.length)));
    await pipeline(packed, writeTo(draft), { signal });
  } finally {
    await client.close();
  }
}

/** Only for a pipeline that begins at once: until then nobody hears of its errors. */
function writeTo(draft: string): WriteStream {
  return createWriteStream(draft);
}

/** The manifest at the end of a backup, which shows that all of it is there. */
async function manifestOf(file: string): Promise<BackupManifest> {
  const reader = tarReader(unzipped(file));
  for (let entry = await reader.next(); entry?.name !== MANIFEST; entry = await reader.next()) {
    if (entry === undefined) throw new Error(`reading ${file} back: found no manifest at its end, wanted one`);
  }
  const pieces = await Array.fromAsync(reader.content());
  return BackupManifest.parse(JSON.parse(Buffer.concat(pieces).toString("utf8")));
}

/** Bytes that a backup of the folder would read. */
async function backupBytes(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { sizeBytes } of entriesOf(folder)) bytes += sizeBytes;
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
