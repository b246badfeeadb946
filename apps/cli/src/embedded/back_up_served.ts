/**
 * A backup of a data folder whose services run. The folder is copied as a kill at one moment would leave it, from which every start recovers,
 * and the copy is packed while the services go on.
 *
 * While the database has one transaction open, nobody else reaches it: its files stay as they are, and the event log is copied at some
 * moment of that time. Between the two nothing can come that a kill could not come between either. Artifacts never change, so links to
 * them are a copy, and one that stays whole where they are deleted meanwhile.
 */
import { constants } from "node:fs";
import { cp, link, lstat, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable, pipeline } from "node:stream";
import { createGzip } from "node:zlib";
import { copySqliteLog } from "@millrace/bus/sqlite";
import type { Database } from "@millrace/database";
import { HttpError } from "@millrace/service";
import type { BackUp } from "@millrace/service/node";
import { COMPRESSION, isLeftOut, packFolder } from "../care/packed_folder.ts";
import type { DataFolder } from "../data_folder/data_folder.ts";

const [DATABASE, EVENTS, ARTIFACTS] = ["postgres", "events.sqlite", "artifacts"] as const;

/** What is copied by means of its own; of the event log also the files that SQLite keeps beside it. */
const OWN_WAY = [DATABASE, EVENTS, `${EVENTS}-wal`, `${EVENTS}-shm`, ARTIFACTS];

/** Where copies lie; what a killed process has left there may hold what was forgotten since. */
function stagingOf(folder: DataFolder): string {
  return folder.file("scratch/backup");
}

/** Takes away what a process that was killed has left. */
export async function clearStaged(folder: DataFolder): Promise<void> {
  await rm(stagingOf(folder), { recursive: true, force: true });
}

/** A reader who takes nothing for so long is given up: others want backups too, and the copy takes room. */
const LONGEST_STALL_MS = 60_000;

/**
 * Makes backups, one at a time.
 * @param folder Owned by this process.
 * @param database Of the folder; the only one that has its files open.
 * @param longestStallMs How long a reader may take nothing.
 */
export function backUpServed(
  folder: DataFolder,
  database: Database,
  now: () => number,
  longestStallMs: number = LONGEST_STALL_MS,
): BackUp {
  let isBusy = false;
  return async () => {
    if (isBusy) throw new HttpError(409, "conflict", "backing up: another backup is being made, wait for its end");
    isBusy = true;
    let ended: Promise<void> | undefined;
    // A reader who goes away while a piece is being made is heard of twice; the next backup may have begun by the second time.
    const end = (): Promise<void> =>
      (ended ??= clearStaged(folder).finally(() => {
        isBusy = false;
      }));
    try {
      await stage(folder, database);
    } catch (error) {
      await end();
      throw error;
    }
    return untilEnd(
      packFolder(stagingOf(folder), now(), () => {}),
      end,
      longestStallMs,
    );
  };
}

/**
 * Under gzip.
 * @param end Called before the reader hears of the end, an error, or when the reader has gone.
 */
function untilEnd(
  packed: AsyncIterable<Uint8Array>,
  end: () => Promise<void>,
  longestStallMs: number,
): ReadableStream<Uint8Array> {
  // Errors of the one come out of the other.
  const zipped = pipeline(Readable.from(packed), createGzip(COMPRESSION), () => {});
  const pieces = zipped[Symbol.asyncIterator]();
  let stall: NodeJS.Timeout | undefined;
  const giveUp = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    zipped.destroy();
    const reason = new Error(`backing up: nobody took a piece of it for ${longestStallMs} ms, so it was broken off`);
    void end().then(
      () => controller.error(reason),
      (error: unknown) => controller.error(error),
    );
  };
  return new ReadableStream({
    async pull(controller) {
      clearTimeout(stall);
      try {
        const { done, value } = await pieces.next();
        if (done !== true) {
          stall = setTimeout(() => giveUp(controller), longestStallMs).unref();
          return controller.enqueue(value);
        }
      } catch (error) {
        await end();
        return controller.error(error);
      }
      await end();
      controller.close();
    },
    async cancel() {
      clearTimeout(stall);
      zipped.destroy();
      await end();
    },
  });
}

async function stage(folder: DataFolder, database: Database): Promise<void> {
  if (database.capabilities.concurrentTransactions) {
    throw new Error("backing up: found a database whose transactions run beside each other, wanted the embedded one");
  }
  await clearStaged(folder);
  const staging = stagingOf(folder);
  await mkdir(staging, { recursive: true, mode: 0o700 });
  await database.transaction(async () => {
    const to = { recursive: true, mode: constants.COPYFILE_FICLONE, filter: isPlain };
    await cp(folder.file(DATABASE), join(staging, DATABASE), to);
    copySqliteLog(folder.file(EVENTS), join(staging, EVENTS));
    await linkTree(folder.file(ARTIFACTS), join(staging, ARTIFACTS));
  });
  // The rest is small files, whole at any moment since they are only ever replaced, and what a user has put there.
  for (const name of await readdir(folder.path)) {
    if (isLeftOut(name) || OWN_WAY.includes(name)) continue;
    await cp(folder.file(name), join(staging, name), { recursive: true, filter: isPlain }).catch(gone);
  }
}

/** Files are there whole or not at all, since they appear by being renamed. */
async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  const found = await readdir(from, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  for (const entry of found) {
    if (entry.name === ".spool") continue;
    const [own, copy] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkTree(own, copy);
    else if (await isPlain(own)) await link(own, copy).catch(gone);
  }
}

/**
 * Whether a file or folder is there. Asked before anything is sent: a reader who has a part cannot be told of an error in words.
 * @throws {HttpError} 409 for what no backup holds, such as a link.
 */
async function isPlain(path: string): Promise<boolean> {
  const found = await lstat(path).catch(gone);
  if (found && !found.isFile() && !found.isDirectory()) {
    const what = `found ${path}, which is neither a file nor a folder; take it out of the way`;
    throw new HttpError(409, "conflict", `backing up: ${what}`);
  }
  return found !== undefined;
}

/** What is deleted meanwhile was needed by nobody before. */
function gone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
