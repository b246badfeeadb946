/**
 * Sorted JSON lines as an index: an artifact whose lines have an `id` and stand in the order of their ids' UTF-8 bytes is searched by
 * bisection with ranged reads, so that finding one line in a gigabyte costs some thirty small reads and no memory.
 */
import type { ArtifactRef } from "@millrace/contracts";
import type { Artifacts } from "./store.ts";

const WINDOW_BYTES = 4096;
const MAX_LINE_BYTES = 1 << 20;

/**
 * Finds the line of an id.
 * @param artifacts Where the index lies.
 * @param ref The index.
 * @param id Looked for.
 * @returns The parsed line, or undefined if there is none.
 * @throws {SyntaxError} If a line on the way is no JSON or longer than 1 MiB.
 */
export async function findSortedLine(
  artifacts: Artifacts,
  ref: ArtifactRef,
  id: string,
): Promise<Record<string, unknown> | undefined> {
  const wanted = new TextEncoder().encode(id);
  const from = await positionBefore(artifacts, ref, wanted);
  for await (const line of linesFrom(artifacts, ref, from, SCANNED_BYTES)) {
    const order = compareBytes(new TextEncoder().encode(String(line["id"])), wanted);
    if (order >= 0) return order === 0 ? line : undefined;
  }
  return undefined;
}

/** Where fewer bytes are left they are read at once: one read more costs as much as four to bisect on, be it from a disk or over a network. */
const SCANNED_BYTES = 16 * 1024;
/** Bytes read ahead at a time. */
const READ_AHEAD_BYTES = 64 * 1024;

/**
 * Reads the lines behind an id, in order; reading stops with whoever takes them.
 * @param artifacts Where the index lies.
 * @param ref The index.
 * @param after Id that need not be there; undefined for the first line on.
 * @returns Parsed lines.
 * @throws {SyntaxError} If a line on the way is no JSON or longer than 1 MiB.
 */
export async function* sortedLinesAfter(
  artifacts: Artifacts,
  ref: ArtifactRef,
  after: string | undefined,
): AsyncGenerator<Record<string, unknown>> {
  if (after === undefined) return yield* linesFrom(artifacts, ref, 0, READ_AHEAD_BYTES);
  const wanted = new TextEncoder().encode(after);
  const at = await positionBefore(artifacts, ref, wanted);
  for await (const line of linesFrom(artifacts, ref, at, READ_AHEAD_BYTES)) {
    if (compareBytes(new TextEncoder().encode(String(line["id"])), wanted) > 0) yield line;
  }
}

/** Lines from the one that begins at `begin`, read so many bytes at a time. */
async function* linesFrom(
  artifacts: Artifacts,
  ref: ArtifactRef,
  begin: number,
  readAhead: number,
): AsyncGenerator<Record<string, unknown>> {
  let at = begin;
  for (let size = readAhead; at < ref.sizeBytes;) {
    const upTo = Math.min(ref.sizeBytes, at + size);
    const bytes = await artifacts.range(ref.sha256, at, upTo);
    const end = upTo === ref.sizeBytes ? bytes.length : bytes.lastIndexOf(10) + 1;
    if (end === 0) {
      if (size > MAX_LINE_BYTES) throw tooLong(ref, at);
      size *= 4;
      continue;
    }
    for (const line of new TextDecoder().decode(bytes.subarray(0, end)).split("\n")) {
      if (line !== "") yield JSON.parse(line) as Record<string, unknown>;
    }
    at += end;
    size = readAhead;
  }
}

/** Where a line begins of which all before have smaller ids; the first with this id or a greater one begins within `SCANNED_BYTES` or is the next. */
async function positionBefore(artifacts: Artifacts, ref: ArtifactRef, id: Uint8Array): Promise<number> {
  // Lines that begin before `from` have smaller ids, those that begin at `to` or later have not.
  let from = 0;
  let to = ref.sizeBytes;
  while (to - from > SCANNED_BYTES) {
    const middle = from + ((to - from) >> 1);
    const line = await lineAfter(artifacts, ref, middle);
    const isSmaller =
      line !== undefined && line.start < to && compareBytes(new TextEncoder().encode(String(line.value["id"])), id) < 0;
    if (isSmaller) from = line.end;
    else to = middle;
  }
  return from;
}

/**
 * Orders ids as the index does.
 * @returns Negative, zero or positive.
 */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index += 1) {
    const difference = (left[index] as number) - (right[index] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

interface Line {
  readonly start: number;
  /** After the line feed. */
  readonly end: number;
  readonly value: Record<string, unknown>;
}

/** The first line that begins at `at` or later; there is none where the last one begins before. */
async function lineAfter(artifacts: Artifacts, ref: ArtifactRef, at: number): Promise<Line | undefined> {
  const base = at - 1;
  for (let size = WINDOW_BYTES; ; size *= 4) {
    const upTo = Math.min(ref.sizeBytes, base + size);
    const bytes = await artifacts.range(ref.sha256, base, upTo);
    const offset = bytes.indexOf(10) + 1;
    const lineFeed = offset > 0 ? bytes.indexOf(10, offset) : -1;
    const isLast = upTo === ref.sizeBytes;
    if (offset > 0 && (lineFeed >= 0 || (isLast && offset < bytes.length))) {
      const end = lineFeed >= 0 ? lineFeed : bytes.length;
      const value = JSON.parse(new TextDecoder().decode(bytes.subarray(offset, end))) as Record<string, unknown>;
      return { start: base + offset, end: base + end + 1, value };
    }
    if (isLast) return undefined;
    if (size > MAX_LINE_BYTES) throw tooLong(ref, base);
  }
}

function tooLong({ sha256 }: ArtifactRef, at: number): SyntaxError {
  return new SyntaxError(`searching index ${sha256}: a line at byte ${at} is longer than ${MAX_LINE_BYTES} bytes`);
}
