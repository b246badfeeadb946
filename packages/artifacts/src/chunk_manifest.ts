/**
 * A manifest lists the hashes of an artifact's chunks, so that a range can be verified without reading the whole. It is written by
 * the store beside the artifact, from the very bytes that were hashed for the address.
 */
import { z } from "zod";

/** Size in bytes of every chunk but the last. */
export const CHUNK_BYTES = 1024 * 1024;

const hash = z.string().regex(/^[0-9a-f]{64}$/);

export const ChunkManifest = z.strictObject({
  version: z.literal(1),
  sha256: hash,
  sizeBytes: z.number().int().nonnegative(),
  chunkBytes: z.number().int().positive(),
  /** SHA-256 of each chunk in order; none for an empty artifact. */
  chunks: z.array(hash),
});
export type ChunkManifest = z.infer<typeof ChunkManifest>;

/** One incremental hash; `node:crypto` has it, web crypto does not. */
export interface Hash {
  update(bytes: Uint8Array): void;
  hex(): string;
}

/** Takes the bytes of an artifact in pieces of any size and ends with its manifest. */
export interface ManifestBuilder {
  update(bytes: Uint8Array): void;
  finish(): ChunkManifest;
}

export function manifestBuilder(newHash: () => Hash): ManifestBuilder {
  const whole = newHash();
  const chunks: string[] = [];
  let chunk = newHash();
  let chunkSize = 0;
  let sizeBytes = 0;
  const endChunk = (): void => {
    chunks.push(chunk.hex());
    chunk = newHash();
    chunkSize = 0;
  };
  return {
    update(bytes) {
      whole.update(bytes);
      sizeBytes += bytes.length;
      for (let start = 0; start < bytes.length;) {
        const piece = bytes.subarray(start, start + CHUNK_BYTES - chunkSize);
        chunk.update(piece);
        chunkSize += piece.length;
        start += piece.length;
        if (chunkSize === CHUNK_BYTES) endChunk();
      }
    },
    finish() {
      if (chunkSize > 0) endChunk();
      return { version: 1, sha256: whole.hex(), sizeBytes, chunkBytes: CHUNK_BYTES, chunks };
    },
  };
}

/** The whole chunks that cover bytes `from` up to `to`. */
export function coveringChunks(manifest: ChunkManifest, from: number, to: number): { first: number; end: number } {
  return { first: Math.floor(from / manifest.chunkBytes), end: Math.ceil(to / manifest.chunkBytes) };
}
