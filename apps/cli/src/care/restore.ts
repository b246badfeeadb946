/**
 * A data folder from a backup. It is made beside its place, or apart in an empty folder that is there, and moved to its place only when
 * every file has the hash that the manifest tells, and everything is gone that was forgotten since: nobody is served a half of it, or more
 * of it than may be.
 */
import { createHash } from "node:crypto";
import { access, chmod, lstat, mkdir, open, readdir, realpath, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Erasure, RunList, type RunView } from "@millrace/contracts";
import { z } from "zod";
import { type Client, connect, RequestError } from "../client.ts";
import { FORMAT, FORMAT_VERSION, RESTORING } from "../data_folder/data_folder.ts";
import { UsageError } from "../usage_error.ts";
import { readErasures } from "./erasure_file.ts";
import { beginForgetting, listErasures, untilForgotten } from "./forget.ts";
import { erasuresBeside, rememberBackup } from "./known_backups.ts";
import { BackupManifest, MANIFEST } from "./packed_folder.ts";
import { TarError, type TarReader, tarReader } from "./tar.ts";
import { unzipped } from "./unzipped.ts";

export interface RestoreReport {
  readonly folder: string;
  readonly madeAt: string;
  readonly files: number;
  /** Ids of documents that were forgotten after the backup was made, and now are here too. */
  readonly forgotten: readonly string[];
}

export interface RestoreOptions {
  /** Files of erasures that are kept elsewhere. */
  readonly erasures: readonly string[];
  /** Says what is done that was not asked for. */
  readonly tell: (message: string) => void;
}

/**
 * Restores a backup.
 * @param folder Absent or empty.
 * @throws {UsageError} If the folder has something in it, the file is no backup or a damaged one, or of a newer format.
 */
export async function restore(file: string, folder: string, options: RestoreOptions): Promise<RestoreReport> {
  const place = await emptyPlace(folder);
  const erasures = await erasuresFor(file, options.erasures);
  await mkdir(dirname(place.path), { recursive: true });
  // What is there may be the root of a file system, which takes no other folder's name and nothing of another file system.
  const draft = place.isThere
    ? join(place.path, `${RESTORING}${process.pid}`)
    : `${place.path}${RESTORING}${process.pid}`;
  // Outside of what takes it away: one that is there is another restore's.
  await mkdir(draft, { mode: 0o700 });
  try {
    const manifest = await unpack(file, draft);
    const forgotten = await applyErasures(draft, erasures, options.tell);
    // What is forgotten in this folder is to be left out when the same backup is restored again.
    rememberBackup(draft, { file: resolve(file), madeAt: manifest.madeAt });
    await (place.isThere ? fill(place.path, draft, options.tell) : rename(draft, place.path));
    return { folder: resolve(folder), madeAt: manifest.madeAt, files: Object.keys(manifest.files).length, forgotten };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (error instanceof TarError) throw new UsageError(`millrace restore: ${file}: ${error.message}`);
    if (isBadGzip(error)) {
      const { message } = error as Error;
      throw new UsageError(
        `millrace restore: ${file}: ${message}; wanted the whole file that millrace backup has made`,
      );
    }
    throw error;
  }
}

interface Place {
  /** Without links. */
  readonly path: string;
  /** Whether it is a folder already, and not to be made. */
  readonly isThere: boolean;
}

async function emptyPlace(folder: string): Promise<Place> {
  const looking = (error: NodeJS.ErrnoException): never => {
    throw new UsageError(`millrace restore: looking into ${folder}: ${error.message}`);
  };
  const found = await lstat(folder).catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? undefined : looking(error),
  );
  if (found === undefined) return { path: resolve(folder), isThere: false };
  const [path, [first]] = await Promise.all([realpath(folder), readdir(folder)]).catch(looking);
  if (first !== undefined) {
    throw new UsageError(
      `millrace restore: ${folder} has something in it (${first}); name a folder that is empty or not there`,
    );
  }
  return { path, isThere: true };
}

/**
 * Moves what is in the draft into its folder, which only this user may look into from then on, if it is theirs. Until all is there,
 * nobody opens it: the draft goes last.
 * @param draft In the folder, with nothing beside it.
 * @throws {UsageError} If something else came into the folder meanwhile, such as another restore, which stays as it is.
 */
export async function fill(place: string, draft: string, tell: (message: string) => void): Promise<void> {
  // Of two restores, each has its draft there before it looks: both cannot find the folder theirs.
  const other = (await readdir(place)).find((name) => name !== basename(draft));
  if (other !== undefined) {
    throw new UsageError(
      `millrace restore: ${place} was empty, and has ${other} in it now; restore into another folder`,
    );
  }
  await chmod(place, 0o700).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EPERM") throw error;
    // As of a volume that a group may write to. Each file in it is closed to others for itself.
    tell(`${place} belongs to another user and stays as open as it is`);
  });
  const names = await readdir(draft);
  const moved: string[] = [];
  try {
    // Before the format is there it is no data folder.
    for (const name of names.toSorted((left, right) => Number(left === FORMAT) - Number(right === FORMAT))) {
      await rename(join(draft, name), join(place, name));
      moved.push(name);
    }
  } catch (error) {
    for (const name of moved) await rm(join(place, name), { recursive: true, force: true });
    throw error;
  }
  await rmdir(draft);
}

async function erasuresFor(file: string, further: readonly string[]): Promise<Erasure[]> {
  const beside = erasuresBeside(resolve(file));
  const isThere = await access(beside).then(
    () => true,
    () => false,
  );
  // Of one that is told of twice the first counts.
  const byId = new Map<string, Erasure>();
  for (const one of [...(isThere ? [beside] : []), ...further]) {
    for (const erasure of await readErasures(one)) {
      const before = byId.get(erasure.documentId);
      if (before === undefined || Date.parse(erasure.at) < Date.parse(before.at)) byId.set(erasure.documentId, erasure);
    }
  }
  return [...byId.values()];
}

async function unpack(file: string, draft: string): Promise<BackupManifest> {
  const reader = tarReader(unzipped(file));
  const folders: string[] = [];
  const files: BackupManifest["files"] = {};
  for (;;) {
    const entry = await reader.next();
    if (!entry) throw new TarError("it has no manifest at its end, wanted a whole backup");
    if (entry.name === MANIFEST) break;
    const path = join(draft, entry.name);
    if (entry.isFolder) {
      await mkdir(path, { mode: 0o700 });
      folders.push(entry.name);
    } else {
      files[entry.name] = { sha256: await writeNew(path, reader), sizeBytes: entry.sizeBytes };
    }
  }
  const manifest = manifestOf(await textOf(reader));
  if ((await reader.next()) !== undefined) throw new TarError("something follows its manifest, wanted its end");
  requireSame(manifest, { folders, files });
  return manifest;
}

async function writeNew(path: string, reader: TarReader): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(path, "wx", 0o600);
  try {
    for await (const piece of reader.content()) {
      hash.update(piece);
      await handle.writeFile(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

async function textOf(reader: TarReader): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of reader.content()) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

function manifestOf(text: string): BackupManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TarError("its manifest is no JSON");
  }
  const told = z.looseObject({ version: z.number(), format: z.number() }).safeParse(value);
  if (told.success && (told.data.version > 1 || told.data.format > FORMAT_VERSION)) {
    const { version, format } = told.data;
    throw new TarError(
      `it is of version ${version} and holds format ${format}, this Millrace knows up to 1 and ${FORMAT_VERSION}; use a newer Millrace`,
    );
  }
  const manifest = BackupManifest.safeParse(value);
  if (!manifest.success) throw new TarError("its manifest is not of the form that millrace backup writes");
  return manifest.data;
}

function requireSame(manifest: BackupManifest, found: Pick<BackupManifest, "folders" | "files">): void {
  const missing = [...Object.keys(manifest.files), ...manifest.folders].find(
    (name) => !(name in found.files) && !found.folders.includes(name),
  );
  if (missing !== undefined) throw new TarError(`it lacks ${missing}, which its manifest names`);
  for (const [name, { sha256 }] of Object.entries(found.files)) {
    const wanted = manifest.files[name]?.sha256;
    if (sha256 !== wanted) throw new TarError(`${name} has hash ${sha256}, wanted ${wanted ?? "no such file"}`);
  }
}

/** Forgets, in a folder that is not in its place yet, what was forgotten after its backup. */
async function applyErasures(
  draft: string,
  erasures: readonly Erasure[],
  tell: (message: string) => void,
): Promise<string[]> {
  if (erasures.length === 0) return [];
  const client = await connect({ dataDir: draft });
  try {
    const done = new Set(
      (await listErasures(client)).filter(({ state }) => state === "done").map((one) => one.documentId),
    );
    const missing = erasures.filter(({ documentId }) => !done.has(documentId));
    for (const erasure of missing) await beginSurely(client, erasure, tell);
    for (const { documentId } of missing) await untilForgotten(client, documentId, tell);
    return missing.map(({ documentId }) => documentId);
  } finally {
    await client.close();
  }
}

/** A run that was under way goes on when its folder is opened; one that holds the document may not. */
async function beginSurely(client: Client, erasure: Erasure, tell: (message: string) => void): Promise<void> {
  const { documentId: id } = erasure;
  try {
    await beginForgetting(client, id, erasure);
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 409) throw error;
    const underWay = async (): Promise<RunView[]> =>
      (await client.get("/api/automation/runs?underWay=true", RunList)).runs;
    for (const run of await underWay()) {
      tell(`${run.id} is cancelled: it may hold a document that was forgotten since; run its recipe again`);
      const path = `/api/automation/runs/${run.id}`;
      await client.post(`${path}/cancel`, { reason: "restored from before an erasure" }, z.unknown());
    }
    await untilNone(underWay, LONGEST_END_MS, () => performance.now());
    await beginForgetting(client, id, erasure);
  }
}

/** A run that is cancelled ends after the step that it is at: this is long, also for a large one on a busy machine. */
const LONGEST_END_MS = 15 * 60_000;
const POLL_MS = 100;

/**
 * Waits until no run is under way any more.
 * @param longestMs After which no further look is taken; a look itself may take long while a large step goes on.
 * @param now In milliseconds, since any moment.
 * @throws {Error} That names the runs which go on.
 */
export async function untilNone(
  underWay: () => Promise<readonly { id: string }[]>,
  longestMs: number,
  now: () => number,
): Promise<void> {
  const until = now() + longestMs;
  for (;;) {
    const ids = (await underWay()).map(({ id }) => id);
    if (ids.length === 0) return;
    if (now() >= until) {
      const found = `found ${ids.join(", ")} still under way ${longestMs / 1000} s after being cancelled`;
      throw new Error(`restoring: ${found}, wanted no run that may hold a document which was forgotten; restore again`);
    }
    await new Promise((resolved) => setTimeout(resolved, POLL_MS));
  }
}

function isBadGzip(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");
}
