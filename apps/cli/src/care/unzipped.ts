import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** What a file under gzip holds. */
export function unzipped(file: string): Readable {
  const opened = createReadStream(file);
  const content = opened.pipe(createGunzip());
  opened.on("error", (error) => content.destroy(error));
  return content;
}
