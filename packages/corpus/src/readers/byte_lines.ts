import { joined } from "./byte_chunks.ts";

/** One line of a file as bytes, without its line feed. */
export interface ByteLine {
  /** Line index, from 0. */
  readonly index: number;
  /** Byte offset of the line's first byte. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** Missing when the line is longer than the limit: it was counted, not kept. */
  readonly bytes?: Uint8Array;
}

const LINE_FEED = 10;

/** Splits chunks into lines at line feeds, holding at most one line of `maxLineBytes` and one chunk. */
export async function* byteLines(chunks: AsyncIterable<Uint8Array>, maxLineBytes: number): AsyncGenerator<ByteLine> {
  let index = 0;
  let offset = 0;
  let sizeBytes = 0;
  let parts: Uint8Array[] = [];

  function finishLine(): ByteLine {
    const line = { index, offset, sizeBytes };
    const kept = sizeBytes <= maxLineBytes ? { ...line, bytes: joined(parts, sizeBytes) } : line;
    parts = [];
    return kept;
  }

  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.byteLength) {
      const feed = chunk.indexOf(LINE_FEED, from);
      const to = feed === -1 ? chunk.byteLength : feed;
      sizeBytes += to - from;
      if (sizeBytes <= maxLineBytes) parts.push(chunk.subarray(from, to));
      else parts = [];
      if (feed === -1) break;
      yield finishLine();
      index += 1;
      offset += sizeBytes + 1;
      sizeBytes = 0;
      from = feed + 1;
    }
  }
  if (sizeBytes > 0) yield finishLine();
}
