/** Models of the hub on this machine's disk: what was downloaded once is not asked for again. */
import { createHash, type Hash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { HubName } from "@millrace/contracts";
import { unlessAborted } from "@millrace/service";
import { type BaseFolder, BaseModelError } from "../base/base_folder.ts";
import { type HubClient, type HubFile, HubListing } from "../base/hub_client.ts";
import { openPlainFile } from "./model_folder.ts";
import { unlessGone } from "./unless_gone.ts";

export interface HubCacheOptions {
  /** Of one hub. Below it a folder a model: `refs/<revision>`, `commits/<commit>.json`, `blobs/<digest>`. */
  readonly folder: string;
  /** Undefined: the network is not used. */
  readonly client: HubClient | undefined;
  readonly warn: (message: string) => void;
  /** Downloads under way in this process, by the file that they make: whoever wants it too waits for its end. */
  readonly underWay: Map<string, Promise<void>>;
  /** Called when a file has been downloaded. */
  readonly grown: () => Promise<void>;
}

const COMMIT = /^[0-9a-f]{40}$/;
/** Longest silence of a hub in a download. */
const SILENCE_MS = 60_000;
/** What a download writes to is not touched for its longest silence, nor while it is hashed; after so long nobody writes there any more. */
const ABANDONED_MS = 10 * SILENCE_MS;

/**
 * Finds a model, in the cache or at the hub. A commit is never asked for twice; a branch is, and what it names is kept for when the hub
 * cannot be reached.
 * @throws {BaseModelError} If it is neither here nor there.
 */
export async function hubFolder(
  name: HubName,
  { folder, client, warn, underWay, grown }: HubCacheOptions,
  signal: AbortSignal,
): Promise<BaseFolder> {
  const { repository, revision } = name;
  const root = join(folder, `models--${repository.replace("/", "--")}`);
  const listing = await listingOf();
  return {
    origin: { kind: "hub", repository, revision, commit: listing.commit },
    sizes: new Map(Object.entries(listing.files).map(([file, { sizeBytes }]) => [file, sizeBytes])),
    async open(file, arrived) {
      const wanted = listing.files[file];
      if (wanted === undefined) throw new BaseModelError(`found no ${file} in ${repository}`);
      const blob = join(root, "blobs", wanted.digest.hex);
      return inTurn(blob, async () => {
        const kept = await openKept(blob);
        if (kept !== undefined) return kept;
        await fetchBlob(file, wanted, blob, arrived);
        const fresh = await openPlainFile(blob);
        // What was wanted is here: that something else could not go is no reason to fail.
        await grown().catch((error: unknown) => warn(`keeping the hub's models within their limit failed: ${error}`));
        return fresh;
      });
    },
  };

  async function listingOf(): Promise<HubListing> {
    const cached = await cachedListing();
    if (cached !== undefined && (COMMIT.test(revision) || client === undefined)) return cached;
    if (client === undefined) {
      throw new BaseModelError(`HF_HUB_OFFLINE is set, and ${repository}@${revision} was never taken here`);
    }
    try {
      const found = await client.list(name, signal);
      await keep(join(root, "commits", `${found.commit}.json`), JSON.stringify(found));
      await keep(refFile(), found.commit);
      return found;
    } catch (error) {
      if (cached === undefined || !(error instanceof BaseModelError && error.mayPass)) throw error;
      warn(`${error.message}; going on with commit ${cached.commit}, which ${repository}@${revision} was before`);
      return cached;
    }
  }

  /** Two that write to one file would spoil it. What became of the download before shows at the file. */
  async function inTurn<Value>(blob: string, act: () => Promise<Value>): Promise<Value> {
    const before = underWay.get(blob) ?? Promise.resolve();
    const turn = before.then(() => {
      signal.throwIfAborted();
      return act();
    });
    const ended = turn.then(
      () => {},
      () => {},
    );
    underWay.set(blob, ended);
    void ended.then(() => {
      if (underWay.get(blob) === ended) underWay.delete(blob);
    });
    await unlessAborted(before, signal);
    return turn;
  }

  function refFile(): string {
    return join(root, "refs", encodeURIComponent(revision));
  }

  async function cachedListing(): Promise<HubListing | undefined> {
    const commit = COMMIT.test(revision) ? revision : await read(refFile());
    if (commit === undefined || !COMMIT.test(commit)) return undefined;
    const text = await read(join(root, "commits", `${commit}.json`));
    return text === undefined ? undefined : HubListing.parse(JSON.parse(text));
  }

  async function fetchBlob(
    file: string,
    wanted: HubFile,
    blob: string,
    arrived: (bytes: number) => Promise<void>,
  ): Promise<void> {
    if (client === undefined)
      throw new BaseModelError(`HF_HUB_OFFLINE is set, and ${file} of ${repository} is not here`);
    await mkdir(dirname(blob), { recursive: true });
    // Of this download alone: another process may be at the same file.
    const part = `${blob}.${randomUUID()}.part`;
    await takeOver(blob, part);
    try {
      await fetchInto(
        part,
        wanted.sizeBytes,
        (fromByte, limit) => client.download(repository, listing.commit, file, fromByte, limit),
        {
          file,
          signal,
          arrived,
        },
      );
      const found = await digestOf(part, wanted);
      if (found !== wanted.digest.hex) {
        await rm(part);
        throw new BaseModelError(`${file} has ${wanted.digest.kind} ${found}, the hub says ${wanted.digest.hex}`, {
          mayPass: true,
        });
      }
      if (!(await moved(part, blob))) {
        throw new BaseModelError(`${file} was deleted while it was downloaded`, { mayPass: true });
      }
    } catch (error) {
      await moved(part, leftBehind(blob));
      throw error;
    }
  }
}

/** What a download that ended early has left for the next one. */
function leftBehind(blob: string): string {
  return `${blob}.part`;
}

/** Goes on with what an earlier download has left, one whose process was killed too. Of many who want it one gets it. */
async function takeOver(blob: string, part: string): Promise<void> {
  if (await taken(leftBehind(blob), part)) return;
  const folder = dirname(blob);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(blob)}.`) || !name.endsWith(".part")) continue;
    const path = join(folder, name);
    const touchedMs = (await stat(path).catch(unlessGone))?.mtimeMs ?? Infinity;
    if (touchedMs < Date.now() - ABANDONED_MS && (await taken(path, part))) return;
  }
}

/** Touched first: at no time does it look abandoned under its new name. False where there is nothing. */
async function taken(path: string, part: string): Promise<boolean> {
  const now = new Date();
  await utimes(path, now, now).catch(unlessGone);
  return moved(path, part);
}

/** False where there is nothing. */
async function moved(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    (error: unknown) => unlessGone(error) ?? false,
  );
}

/** A file that is here, which counts as used now. Once it is open it can be read to its end, whoever deletes it. */
async function openKept(blob: string): Promise<ReadableStream<Uint8Array> | undefined> {
  const opened = await openPlainFile(blob).catch(unlessGone);
  const now = new Date();
  if (opened !== undefined) await utimes(blob, now, now).catch(unlessGone);
  return opened;
}

/** Downloads what a file lacks. What has arrived stays there when it breaks off. */
async function fetchInto(
  part: string,
  sizeBytes: number,
  download: (fromByte: number, signal: AbortSignal) => ReturnType<HubClient["download"]>,
  { file, signal, arrived }: { file: string; signal: AbortSignal; arrived: (bytes: number) => Promise<void> },
): Promise<void> {
  const held = (await stat(part).catch(() => undefined))?.size ?? 0;
  if (held > 0 && held === sizeBytes) return;
  const silence = new AbortController();
  const limit = AbortSignal.any([signal, silence.signal]);
  const hush = (): void =>
    silence.abort(new BaseModelError(`nothing of ${file} came for ${SILENCE_MS} ms`, { mayPass: true }));
  let timer = setTimeout(hush, SILENCE_MS);
  try {
    const { body, fromByte } = await download(held < sizeBytes ? held : 0, limit);
    const handle = await open(part, fromByte === 0 ? "w" : "a", 0o600);
    try {
      let at = fromByte;
      for await (const piece of body) {
        clearTimeout(timer);
        timer = setTimeout(hush, SILENCE_MS);
        at += piece.length;
        if (at > sizeBytes) throw new BaseModelError(`${file} has more than the ${sizeBytes} bytes that the hub says`);
        await handle.writeFile(piece);
        await arrived(at);
      }
      if (at < sizeBytes)
        throw new BaseModelError(`${file} broke off after ${at} of ${sizeBytes} bytes`, { mayPass: true });
      // On the disk before it has its name: of what has, only the length is looked at again.
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BaseModelError) throw error;
    if (silence.signal.aborted) throw silence.signal.reason;
    throw new BaseModelError(`downloading ${file} broke off`, { cause: error, mayPass: true });
  } finally {
    clearTimeout(timer);
  }
}

async function digestOf(path: string, { sizeBytes, digest }: HubFile): Promise<string> {
  const hash: Hash = digest.kind === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${sizeBytes}\0`);
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(unlessGone);
}

/** Never half a file under its name, however many keep it at the same time. */
async function keep(path: string, text: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  const draft = `${path}.${randomUUID()}.new`;
  await writeFile(draft, text);
  await rename(draft, path);
}
