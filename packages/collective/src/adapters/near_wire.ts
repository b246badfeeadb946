/**
 * Frames between ends that may be near each other; the link beneath carries them:
 *
 *     frame   of               one as it is
 *     left    of, at, bytes    one whose payload lies at an address of the sender
 *     here    reach, pid, at, mark
 *                              first of each end: where it runs, in which process, and where in that its mark lies
 *     seen                     the other end has found the mark there; from then on payloads are left to be read
 *     read    payloads         so many more have been read
 */
import type { FrameHeader } from "../frame.ts";

/** Bytes of a mark, by which a reader knows that memory is still what it was. */
export const MARK_BYTES = 32;

/** Whether a part of a frame is a frame's header. */
export function isHeader(value: unknown): value is FrameHeader {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A whole number of a frame. @throws {TypeError} If it is none. */
export function count(frame: FrameHeader, key: string): number {
  const value = frame[key];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`near link: expected "${key}" to be a whole number, got ${JSON.stringify(value)}`);
}
