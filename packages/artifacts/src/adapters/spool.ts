/** Writers spool to a temporary file and hash on the way: the address is known before the artifact appears under it. */
import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { type ChunkManifest, type Hash, manifestBuilder } from "../chunk_manifest.ts";

/** SHA-256 of `node:crypto`. */
export function nodeHash(): Hash {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => hash.digest("hex"),
  };
}

/**
 * Writes content to a new file and forces it to disk.
 * @param file Must not exist. Removed again when reading or writing fails.
 */
export async function spool(content: Uint8Array | ReadableStream<Uint8Array>, file: string): Promise<ChunkManifest> {
  const builder = manifestBuilder(nodeHash);
  const handle = await open(file, "wx", 0o600);
  try {
    const pieces = content instanceof Uint8Array ? [content] : content;
    for await (const bytes of pieces) {
      builder.update(bytes);
      await handle.writeFile(bytes);
    }
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(file, { force: true });
    throw error;
  }
  await handle.close();
  return builder.finish();
}
