import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** Of a file; a run reads no more of one either. */
const MOST_BYTES = 256 * 2 ** 20;

/**
 * Counts the lines that look like conversations in the files of JSON lines among these. Whether they are well formed shows only when a run
 * reads them; so does what is wrong with a file that breaks off.
 * @param paths Absolute.
 */
export async function countConversations(paths: readonly string[]): Promise<number> {
  let found = 0;
  for (const path of paths.filter((path) => /\.jsonl(?:\.gz)?$/i.test(path))) found += await countIn(path);
  return found;
}

async function countIn(path: string): Promise<number> {
  const file = createReadStream(path);
  const content: Readable = /\.gz$/i.test(path) ? file.pipe(createGunzip()) : file;
  // Not passed on by `pipe`.
  file.on("error", (error) => content.destroy(error));
  let found = 0;
  let bytes = 0;
  try {
    for await (const line of createInterface({ input: content, crlfDelay: Infinity })) {
      bytes += line.length + 1;
      // Within a text the quotes would be escaped.
      if (/"messages"\s*:/.test(line)) found++;
      if (bytes > MOST_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
  } finally {
    file.destroy();
    content.destroy();
  }
  return found;
}
