/**
 * The data folder has one owner. An embedded Postgres that is opened twice loses data silently, so the folder carries an exclusive
 * lock that names its holder (process, start time, address) and a format version. A lock outlives a killed owner and is then stale:
 * the process is gone, or the number now belongs to a process that started at another time.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, unlinkSync } from "node:fs";
import { link, mkdir, open, readdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { UsageError } from "../usage_error.ts";
import { requireWritableFolder } from "../writable.ts";
import { exclusively } from "./exclusively.ts";
import { startTimeOf } from "./process_start.ts";

/** Raised when what lies in the folder changes; a newer number is refused. */
export const FORMAT_VERSION = 1;

/** What makes a folder a data folder. */
export const FORMAT = "format.json";

/** Begins the name of what a restore has not finished. */
export const RESTORING = ".restoring-";

const LOCK = "owner.json";

const Owner = z.object({ pid: z.number().int(), startedAt: z.string(), address: z.string().nullable() });
export type Owner = z.infer<typeof Owner>;

export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** Path of a file or folder inside. */
  file(name: string): string;
  /** Tells other commands where this owner listens. */
  announce(address: string): Promise<void>;
  /** Gives the folder up. */
  release(): Promise<void>;
}

/** Another live process has the folder. */
export interface OwnedElsewhere {
  readonly owner: Owner;
}

/**
 * Becomes the owner of a data folder, making it if there is none.
 * @param folder Path of the folder.
 * @returns The folder, or who has it.
 * @throws {UsageError} If the folder cannot be made or written to, or has a newer format.
 */
export async function openDataFolder(folder: string): Promise<DataFolder | OwnedElsewhere> {
  const path = resolve(folder);
  // Who has it can be asked where nothing can be written either, as on a full disk.
  const other = await liveOwner(folder);
  if (other) return { owner: other };
  await requireWritableFolder("--data-dir", folder);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const lock = join(path, LOCK);
  const startedAt = await startTimeOf(process.pid);
  if (startedAt === undefined) throw new Error(`opening ${path}: the system does not say when this process started`);
  const self: Owner = { pid: process.pid, startedAt, address: null };
  for (;;) {
    if (await tryCreate(lock, self)) break;
    const text = await readLock(path);
    if (text === undefined) continue;
    const owner = parseOwner(text);
    if (owner && (await isAlive(owner))) return { owner };
    removeStale(path, text);
  }
  try {
    await checkFormat(path);
  } catch (error) {
    await rm(lock, { force: true });
    throw error;
  }
  return {
    path,
    file: (name) => join(path, name),
    announce: (address) => writeWhole(lock, { ...self, address }),
    release: () => rm(lock, { force: true }),
  };
}

/**
 * Who owns a data folder now.
 * @returns Undefined when nobody does.
 * @throws {UsageError} If another user has it.
 */
export async function liveOwner(folder: string): Promise<Owner | undefined> {
  const text = await readLock(resolve(folder));
  const owner = text === undefined ? undefined : parseOwner(text);
  return owner && (await isAlive(owner)) ? owner : undefined;
}

/** Creates the lock whole or not at all: a link to a finished file either succeeds or finds another. */
async function tryCreate(lock: string, owner: Owner): Promise<boolean> {
  const draft = `${lock}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    await link(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

/** Removes a lock if it still says what was read: between the look and the removal nobody else removes one, so none that is fresh goes. */
function removeStale(path: string, seen: string): void {
  exclusively(join(path, "takeover.lock"), () => {
    const lock = join(path, LOCK);
    if (existsSync(lock) && readFileSync(lock, "utf8") === seen) unlinkSync(lock);
  });
}

async function writeWhole(file: string, value: unknown): Promise<void> {
  const draft = `${file}.${process.pid}.new`;
  const handle = await open(draft, "w", 0o600);
  await handle.writeFile(JSON.stringify(value));
  await handle.sync();
  await handle.close();
  await rename(draft, file);
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(join(path, LOCK), "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOENT", "ENOTDIR"].includes(code)) return undefined;
    if (code !== "EACCES") throw error;
    throw new UsageError(
      `opening data folder ${path}: who has it cannot be read (${code} at ${LOCK}); wanted the user whose folder it is`,
    );
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    return Owner.parse(JSON.parse(text));
  } catch {
    return undefined; // A lock that cannot be read names no living owner.
  }
}

/** @throws {Error} If the system does not say: a folder that may have an owner is not taken over. */
async function isAlive(owner: Owner): Promise<boolean> {
  return (await startTimeOf(owner.pid)) === owner.startedAt;
}

async function checkFormat(path: string): Promise<void> {
  const file = join(path, FORMAT);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    if ((await readdir(path)).some((name) => name.startsWith(RESTORING))) {
      throw new UsageError(
        `opening data folder ${path}: a restore into it was broken off; empty it and restore the backup again`,
      );
    }
    await writeWhole(file, { version: FORMAT_VERSION });
    return;
  }
  const { version } = z.object({ version: z.number().int() }).parse(JSON.parse(text));
  if (version > FORMAT_VERSION) {
    throw new UsageError(
      `opening data folder ${path}: it has format ${version}, this Millrace knows up to ${FORMAT_VERSION}; use a newer Millrace`,
    );
  }
}
