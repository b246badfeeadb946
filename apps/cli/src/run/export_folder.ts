/** Writes a version as a folder in Hugging Face's layout. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type ArtifactRef, ModelFolder } from "@millrace/contracts";
import type { Reader } from "../client.ts";
import { type ModelVersion, versionPath } from "../commands/model_version.ts";
import { UsageError } from "../usage_error.ts";
import { requireWritableFolder } from "../writable.ts";

/** Begins the name of where files stand until all of them are there and whole. */
const DRAFT = ".millrace-export-";

/**
 * Writes the folder. Its files come to their place, one after the other, when all of them are there, each with its hash: before that a
 * mistake leaves none. What a kill in the midst of that leaves is not whole, and is refused by the next export.
 * @param folder Made if it is not there; it must be empty, but for what exports left that were killed.
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
  const draft = await mkdtemp(join(folder, DRAFT));
  try {
    for (const [path, ref] of Object.entries(files)) {
      const file = join(draft, path);
      await mkdir(dirname(file), { recursive: true });
      await write(await reader.stream(`${address}/${path}`), file, path, ref);
    }
    // Another export may have come first.
    await requireEmptyFolder(folder);
    for (const name of await readdir(draft)) await rename(join(draft, name), join(folder, name));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  // Of exports that were killed, or that find now that they are too late.
  for (const name of await readdir(folder)) {
    if (name.startsWith(DRAFT)) await rm(join(folder, name), { recursive: true, force: true });
  }
  return files;
}

/** @throws {Error} If it is not what was announced; no more than that is written. */
async function write(
  content: ReadableStream<Uint8Array>,
  file: string,
  path: string,
  { sha256, sizeBytes }: ArtifactRef,
): Promise<void> {
  const hash = createHash("sha256");
  let came = 0;
  await pipeline(
    content,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        came += chunk.length;
        if (came > sizeBytes)
          throw new Error(`exporting ${path}: found more than the ${sizeBytes} bytes it is to have`);
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(file),
  );
  const found = hash.digest("hex");
  if (found !== sha256) throw new Error(`exporting ${path}: found SHA-256 ${found}, wanted ${sha256}`);
}

/** @throws {UsageError} If something is in it but drafts, or it cannot be written to. */
async function requireEmptyFolder(folder: string): Promise<void> {
  await requireWritableFolder("millrace export", folder);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const found = names.find((name) => !name.startsWith(DRAFT));
  if (found !== undefined)
    throw new UsageError(`millrace export ${folder}: expected an empty folder or none, found ${found} in it`);
}
