/** Reading that never hands out bytes which do not belong to the address asked for, built on any store of plain objects. */
import { checkAddress, checkRange } from "./address.ts";
import { ChunkManifest, coveringChunks, type Hash } from "./chunk_manifest.ts";
import { ArtifactCorruptError, ArtifactNotFoundError, type Artifacts } from "./store.ts";

/** What an adapter reads for one project; nothing of it is trusted. */
export interface RawArtifacts {
  readonly project: string;
  newHash(): Hash;
  /** The stored bytes, or those of `range`; undefined if there are none. */
  open(sha256: string, range?: { from: number; to: number }): Promise<ReadableStream<Uint8Array> | undefined>;
  /** Text of the manifest beside it. */
  manifest(sha256: string): Promise<string | undefined>;
}

/** The verified side of `Artifacts`. */
export function verifiedReading(raw: RawArtifacts): Pick<Artifacts, "stream" | "bytes" | "range"> {
  const stream = async (sha256: string): Promise<ReadableStream<Uint8Array>> => {
    checkAddress(sha256);
    const stored = await raw.open(sha256);
    if (stored === undefined) throw new ArtifactNotFoundError(raw.project, sha256);
    const hash = raw.newHash();
    return stored.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, controller) {
          hash.update(bytes);
          controller.enqueue(bytes);
        },
        flush() {
          const found = hash.hex();
          if (found !== sha256) throw new ArtifactCorruptError(sha256, `bytes with hash ${found}`);
        },
      }),
    );
  };
  return {
    stream,
    bytes: async (sha256) => collect(await stream(sha256)),
    async range(sha256, from, to) {
      checkAddress(sha256);
      checkRange(from, to);
      const manifest = await readManifest(raw, sha256);
      const last = Math.min(to, manifest.sizeBytes);
      if (from >= last) return new Uint8Array();
      const { first, end } = coveringChunks(manifest, from, last);
      const start = first * manifest.chunkBytes;
      const covering = { from: start, to: Math.min(end * manifest.chunkBytes, manifest.sizeBytes) };
      const stored = await raw.open(sha256, covering);
      if (stored === undefined) throw new ArtifactNotFoundError(raw.project, sha256);
      const bytes = await collect(stored);
      for (let chunk = first; chunk < end; chunk++) {
        const offset = (chunk - first) * manifest.chunkBytes;
        const hash = raw.newHash();
        hash.update(bytes.subarray(offset, offset + manifest.chunkBytes));
        const found = hash.hex();
        if (found !== manifest.chunks[chunk])
          throw new ArtifactCorruptError(sha256, `chunk ${chunk} with hash ${found}`);
      }
      return bytes.slice(from - start, last - start);
    },
  };
}

async function readManifest(raw: RawArtifacts, sha256: string): Promise<ChunkManifest> {
  const text = await raw.manifest(sha256);
  if (text === undefined) throw new ArtifactNotFoundError(raw.project, sha256);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ArtifactCorruptError(sha256, "a manifest that is no JSON");
  }
  const manifest = ChunkManifest.safeParse(value);
  if (!manifest.success || manifest.data.sha256 !== sha256) {
    throw new ArtifactCorruptError(sha256, "a manifest that is not its own");
  }
  return manifest.data;
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    pieces.push(piece);
    length += piece.length;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
