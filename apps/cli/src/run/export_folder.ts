/** Writes a version as a folder in Hugging Face's layout. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ModelFolder } from "@millrace/contracts";
import type { Reader } from "../client.ts";
import { type ModelVersion, versionPath } from "../commands/model_version.ts";
import { UsageError } from "../usage_error.ts";
import { requireWritableFolder } from "../writable.ts";

/** Where files stand until all of them are there and whole. */
const DRAFT = ".millrace-export";

/**
 * Writes the folder; either all of its files are there in the end, each with its hash, or none.
 * @param folder Made if it is not there; it must be empty.
 * @returns What was written, by path.
 * @throws {UsageError} If the folder is not empty or cannot be written to.
 * @throws {Error} If the version is unknown or not packaged, or a file does not have its hash.
 */
export async function exportFolder(
  reader: Reader,
  version: ModelVersion,
  folder: string,
): Promise<ModelFolder["files"]> {
  await requireEmptyFolder(folder);
  const address = `${versionPath(version)}/files`;
  const { files } = await reader.get(address, ModelFolder);
  await mkdir(folder, { recursive: true });
  const draft = join(folder, DRAFT);
  try {
    for (const [path, { sha256 }] of Object.entries(files)) {
      const file = join(draft, path);
      await mkdir(dirname(file), { recursive: true });
      const found = await write(await reader.stream(`${address}/${path}`), file);
      if (found !== sha256) throw new Error(`exporting ${path}: found SHA-256 ${found}, wanted ${sha256}`);
    }
    for (const name of await readdir(draft)) await rename(join(draft, name), join(folder, name));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return files;
}

/** @returns The SHA-256 of what was written. */
async function write(content: ReadableStream<Uint8Array>, file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(
    content,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(file),
  );
  return hash.digest("hex");
}

/** @throws {UsageError} If something is in it, or it cannot be written to. */
async function requireEmptyFolder(folder: string): Promise<void> {
  await requireWritableFolder("millrace export", folder);
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (found.length > 0)
    throw new UsageError(`millrace export ${folder}: expected an empty folder or none, found ${found[0]} in it`);
}
