/** Documents on this machine's disk. */
import { constants } from "node:fs";
import { glob, lstat, open, realpath } from "node:fs/promises";
import { basename, dirname, join, matchesGlob, relative, sep } from "node:path";
import type { Source } from "@millrace/contracts";
import { sourceFormat } from "@millrace/corpus";
import type { FoundFile, SourceFiles } from "../source_files.ts";

const PATTERN = /[*?[{]/;

/**
 * Reads files below the folders that recipes name. Links are not followed, so nothing outside of a named folder is reached.
 */
export function nodeFiles(): SourceFiles {
  return {
    async list(source) {
      const { folder, include } = await startOf(source);
      const files: FoundFile[] = [];
      for await (const entry of glob(include, {
        cwd: folder,
        withFileTypes: true,
        exclude: (one) => isHidden(one.name) || one.isSymbolicLink(),
      })) {
        if (!entry.isFile()) continue;
        const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/");
        if (!isWanted(path, source)) continue;
        // A name that is no UTF-8 cannot be asked for, nor can a file that has gone since: reading it says so, and the run goes on.
        const found = await lstat(join(folder, path)).catch(() => undefined);
        files.push({ path, sizeBytes: found?.size ?? 0 });
      }
      return { root: folder, files };
    },
    async read(root, path) {
      const file = join(root, path);
      if (relative(root, file).startsWith(".."))
        throw new RangeError(`reading ${path}: found a path outside of ${root}`);
      if ((await realpath(dirname(file))) !== dirname(file)) {
        throw new Error(`reading ${path}: found a link on the way, wanted plain folders`);
      }
      const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        return new Uint8Array(await handle.readFile());
      } finally {
        await handle.close();
      }
    },
  };
}

function isHidden(name: string): boolean {
  return name.startsWith(".") && name !== ".";
}

/** Where a source begins, and which files below it are meant: all of a folder, one file, or what a pattern matches. */
async function startOf(source: Source): Promise<{ folder: string; include: readonly string[] }> {
  const { path } = source;
  if (PATTERN.test(path)) {
    const parts = path.split("/");
    const first = parts.findIndex((part) => PATTERN.test(part));
    const folder = parts.slice(0, first).join("/") || "/";
    return { folder: await realpath(folder), include: [parts.slice(first).join("/")] };
  }
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile()) return { folder: await realpath(dirname(path)), include: [basename(path)] };
  if (!found) throw new SourceMissingError(path);
  return { folder: await realpath(path), include: source.include ?? ["**/*"] };
}

/** A folder takes every readable type but declarations, which only a pattern of the recipe asks for. */
function isWanted(path: string, source: Source): boolean {
  const format = sourceFormat(path);
  if (format === undefined || (source.exclude ?? []).some((pattern) => matchesGlob(path, pattern))) return false;
  return format !== "declarations" || source.include !== undefined || PATTERN.test(source.path);
}

/** A recipe names a path where there is nothing. */
class SourceMissingError extends Error {
  override readonly name = "SourceMissingError";

  constructor(path: string) {
    super(`listing the sources: found nothing at "${path}", wanted a folder, a file or a pattern`);
  }
}
