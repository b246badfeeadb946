/** Documents on this machine's disk. */
import { constants, type Dirent } from "node:fs";
import { type FileHandle, glob, lstat, open, realpath } from "node:fs/promises";
import { basename, dirname, join, matchesGlob, relative, resolve, sep } from "node:path";
import { mayLeaveFolder, type Skipped, type Source } from "@millrace/contracts";
import { sourceFormat } from "@millrace/corpus";
import type { FoundFile, SourceFiles } from "../source_files.ts";
import { UnusableSourceError } from "../unusable_source.ts";

const PATTERN = /[*?[{]/;

/**
 * Reads files below the folders that recipes name. Links are not followed, so nothing outside of a named folder is reached.
 * @param within The only folder that recipes may name paths in. Default: any, for a recipe of whoever owns this machine's files.
 */
export function nodeFiles(within?: string): SourceFiles {
  function refuseOutside(path: string, allowed: string | undefined): void {
    if (allowed !== undefined && isOutside(relative(allowed, path)))
      throw new UnusableSourceError(`found "${path}", wanted a path in ${within}`);
  }
  const real = async (): Promise<string | undefined> => (within === undefined ? undefined : realpath(within));

  return {
    async list(source) {
      // As written first: what lies elsewhere is not even looked at.
      refuseOutside(resolve(source.path), within && resolve(within));
      const { folder, include, named } = await startOf(source);
      refuseOutside(folder, await real());
      if (typeof include === "string") {
        const found = await lstat(join(folder, include));
        return wants(include, source, named)
          ? { root: folder, files: [{ path: include, sizeBytes: found.size }], skipped: [] }
          : { root: folder, files: [], skipped: [{ path: include, kind: "file" }] };
      }
      const leaving = include.find(mayLeaveFolder);
      if (leaving !== undefined) {
        const wanted = `a pattern below "${source.path}": neither absolute nor with "..", of at most 1000 alternatives`;
        throw new UnusableSourceError(`found the pattern "${leaving}", wanted ${wanted}`);
      }
      const files: FoundFile[] = [];
      const skipped = new Map<string, Skipped>();
      const pathOf = (entry: Dirent): string =>
        relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/");
      const skip = (path: string, kind: Skipped["kind"]): void => {
        if (!isOutside(path) && !isExcluded(path, source)) skipped.set(path, { path, kind });
      };
      for await (const entry of glob(include, {
        cwd: folder,
        withFileTypes: true,
        exclude(one) {
          if (isHidden(one.name)) return true;
          if (!one.isSymbolicLink()) return false;
          if (include.some((pattern) => matchesGlob(pathOf(one), pattern))) skip(pathOf(one), "link");
          return true;
        },
      })) {
        if (entry.isDirectory()) continue;
        const path = pathOf(entry);
        // Globs read `{Z..a}/etc` as `/etc` too, for the backslash in the range: a pattern's letters do not tell all.
        if (isOutside(path)) continue;
        if (!entry.isFile() || !wants(path, source, named)) {
          skip(path, kindOf(entry));
          continue;
        }
        // A name that is no UTF-8 cannot be asked for, nor can a file that has gone since: reading it says so, and the run goes on.
        const found = await lstat(join(folder, path)).catch(() => undefined);
        files.push({ path, sizeBytes: found?.size ?? 0 });
      }
      return { root: folder, files, skipped: [...skipped.values()] };
    },
    async read(root, path, mostBytes = Number.POSITIVE_INFINITY) {
      const file = join(root, path);
      if (isOutside(relative(root, file))) throw new RangeError(`reading ${path}: found a path outside of ${root}`);
      refuseOutside(dirname(file), await real());
      if ((await realpath(dirname(file))) !== dirname(file)) {
        throw new Error(`reading ${path}: found a link on the way, wanted plain folders`);
      }
      // A pipe would be waited for until somebody writes.
      const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        const found = await handle.stat();
        if (!found.isFile()) throw new Error(`reading ${path}: found no plain file, wanted one`);
        if (found.size > mostBytes) {
          throw new RangeError(`reading ${path}: found ${found.size} bytes, wanted at most ${mostBytes}`);
        }
        return await bytesOf(handle, path, mostBytes);
      } finally {
        await handle.close();
      }
    },
  };
}

/** What grows while it is read, or says that it has no bytes and has endless ones, ends at the limit too. */
async function bytesOf(handle: FileHandle, path: string, mostBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of handle.createReadStream({ autoClose: false }) as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > mostBytes)
      throw new RangeError(`reading ${path}: found more than ${mostBytes} bytes, wanted at most these`);
    pieces.push(piece);
  }
  // Not as Node's Buffer, whose memory small ones share.
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function kindOf(entry: Dirent): Skipped["kind"] {
  if (entry.isSymbolicLink()) return "link";
  return entry.isFile() ? "file" : "special";
}

/** @param path Relative to the folder. */
function isOutside(path: string): boolean {
  return /^\.\.(?:$|[/\\])/.test(path);
}

function isHidden(name: string): boolean {
  return name.startsWith(".") && name !== ".";
}

interface Start {
  readonly folder: string;
  /** One file's name, or patterns below the folder. */
  readonly include: string | readonly string[];
  /** Whether the recipe names files by a pattern of its own. */
  readonly named: boolean;
}

/**
 * Where a source begins, and which files below it are meant: all of a folder, one file, or what a pattern matches. What is there wins
 * over its reading as a pattern: a folder may be called `notes [2024]`.
 */
async function startOf({ path, include }: Source): Promise<Start> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile()) return { folder: await realpath(dirname(path)), include: basename(path), named: false };
  if (found) return { folder: await realpath(path), include: include ?? ["**/*"], named: include !== undefined };
  const parts = path.split("/");
  const first = await firstPatternOf(parts);
  const folder = parts.slice(0, first).join("/") || "/";
  if (first < 0 || !(await isThere(folder)))
    throw new UnusableSourceError(`found nothing at "${path}", wanted a folder, a file or a pattern`);
  return { folder: await realpath(folder), include: [parts.slice(first).join("/")], named: true };
}

/** Index of the first segment that is a pattern and not the name of something that is there; -1 if none is. */
async function firstPatternOf(parts: readonly string[]): Promise<number> {
  for (const [index, part] of parts.entries()) {
    if (PATTERN.test(part) && !(await isThere(parts.slice(0, index + 1).join("/")))) return index;
  }
  return -1;
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/** Every readable type but declarations, which only a pattern of the recipe asks for. */
function wants(path: string, source: Source, named: boolean): boolean {
  const format = sourceFormat(path);
  if (format === undefined || isExcluded(path, source)) return false;
  return format !== "declarations" || named;
}

function isExcluded(path: string, { exclude = [] }: Source): boolean {
  return exclude.some((pattern) => matchesGlob(path, pattern));
}
