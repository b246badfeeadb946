/** Input of the Unix filters: lines of standard input or of files, with the place of each. */
import { createReadStream } from "node:fs";

/** The name under which standard input is given among files. */
export const STDIN = "-";

/** One line, without its line feed. */
export interface InputLine {
  /** Where it stands, for messages: `notes.jsonl:3`, `stdin:3`. Lines count from 1. */
  readonly position: string;
  /** Bytes of the line; missing when it is longer than the limit. */
  readonly bytes?: Uint8Array;
}

/** What could not be read of one input; those after it can. */
export interface InputFailure {
  readonly position: string;
  readonly failure: string;
}

/** A line holds one document; hex and escapes may take six bytes for one of its text. */
export const MAX_LINE_BYTES = 96 * 1024 ** 2;
const LINE_FEED = 10;

/** Opens standard input (`-`) or a file. */
export function openInput(name: string): AsyncIterable<Uint8Array> {
  return name === STDIN ? process.stdin : createReadStream(name);
}

/** Name of an input in messages and records. */
export function inputName(name: string): string {
  return name === STDIN ? "stdin" : name;
}

/**
 * Reads inputs line by line, one after the other; only line feeds end a line, since JSON strings may hold all other breaks. It
 * holds at most one line and one chunk, and reads on only when asked.
 * @param names Files; none means standard input.
 */
export async function* inputLines(
  names: readonly string[],
  maxLineBytes: number = MAX_LINE_BYTES,
): AsyncGenerator<InputLine | InputFailure> {
  for (const name of names.length === 0 ? [STDIN] : names) {
    try {
      let number = 0;
      for await (const bytes of splitLines(openInput(name), maxLineBytes)) {
        number++;
        yield { position: `${inputName(name)}:${number}`, ...(bytes && { bytes }) };
      }
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      yield { position: inputName(name), failure: `reading failed: ${error.message}` };
    }
  }
}

/** Splits chunks at line feeds. A line longer than the limit is counted, not kept. */
async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<Uint8Array | undefined> {
  let parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length;) {
      const feed = chunk.indexOf(LINE_FEED, from);
      const part = chunk.subarray(from, feed < 0 ? chunk.length : feed);
      sizeBytes += part.length;
      if (sizeBytes <= maxLineBytes) parts.push(part);
      else parts = [];
      if (feed < 0) break;
      yield sizeBytes <= maxLineBytes ? Buffer.concat(parts) : undefined;
      parts = [];
      sizeBytes = 0;
      from = feed + 1;
    }
  }
  if (sizeBytes > 0) yield sizeBytes <= maxLineBytes ? Buffer.concat(parts) : undefined;
}
