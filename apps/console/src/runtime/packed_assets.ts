/** Assets as one text: an isolate has no files, so they come to it with its code. */
import { Buffer } from "node:buffer";
import { z } from "zod";
import type { Asset, Assets } from "../routes/assets.ts";

const Packed = z.object({
  version: z.string(),
  files: z.record(z.string(), z.object({ mediaType: z.string(), bytes: z.string(), gzip: z.string().optional() })),
});

/** @returns JSON; bytes are in base64. */
export function packAssets({ version, files }: Assets): string {
  const packed = [...files].map(([name, { mediaType, bytes, gzip }]) => {
    const content = gzip === undefined ? {} : { gzip: Buffer.from(gzip).toString("base64") };
    return [name, { mediaType, bytes: Buffer.from(bytes).toString("base64"), ...content }] as const;
  });
  return JSON.stringify({ version, files: Object.fromEntries(packed) } satisfies z.infer<typeof Packed>);
}

/** @throws {Error} If it is no packed assets. */
export function unpackAssets(text: string): Assets {
  const { version, files } = Packed.parse(JSON.parse(text));
  const unpacked = Object.entries(files).map(([name, { mediaType, bytes, gzip }]): [string, Asset] => [
    name,
    { mediaType, bytes: bytesOf(bytes), ...(gzip === undefined ? {} : { gzip: bytesOf(gzip) }) },
  ]);
  return { version, files: new Map(unpacked) };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
