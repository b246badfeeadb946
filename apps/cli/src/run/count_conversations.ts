import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { byteLines } from "@millrace/corpus";

/** Of a file, unpacked; a run reads no more of one either. */
const MOST_BYTES = 256 * 2 ** 20;

/**
 * Counts the lines that look like conversations in the files of JSON lines among these. Whether they are well formed shows only when a run
 * reads them; so does what is wrong with a file that breaks off.
 * @param paths Absolute.
 * @param maxLineBytes Longer lines are no documents.
 * @throws The signal's reason.
 */
export async function countConversations(
  paths: readonly string[],
  maxLineBytes: number,
  signal?: AbortSignal,
): Promise<number> {
  let found = 0;
  for (const path of paths.filter((path) => /\.jsonl(?:\.gz)?$/i.test(path))) {
    found += await countIn(path, maxLineBytes, signal);
  }
  return found;
}

async function countIn(path: string, maxLineBytes: number, signal?: AbortSignal): Promise<number> {
  const file = createReadStream(path);
  const content: Readable = /\.gz$/i.test(path) ? file.pipe(createGunzip()) : file;
  // Not passed on by `pipe`.
  file.on("error", (error) => content.destroy(error));
  const decoder = new TextDecoder();
  let found = 0;
  try {
    for await (const { bytes } of byteLines(firstOf(content, signal), maxLineBytes)) {
      // Within a text the quotes would be escaped.
      if (bytes !== undefined && /"messages"\s*:/.test(decoder.decode(bytes))) found++;
    }
  } catch (error) {
    signal?.throwIfAborted();
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!/^(?:Z_\w+|ENOENT)$/.test(code)) throw error;
  } finally {
    file.destroy();
    content.destroy();
  }
  return found;
}

async function* firstOf(content: Readable, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  let left = MOST_BYTES;
  for await (const chunk of content as AsyncIterable<Uint8Array>) {
    signal?.throwIfAborted();
    yield chunk.subarray(0, left);
    left -= chunk.byteLength;
    if (left <= 0) return;
  }
}
