/**
 * The document model: what a reader gives and every later step takes, and the records of what did not pass.
 *
 * A document's id is made from where it stands (source path and record index), not from what it says. Content changes with
 * every step and every new version of a file; an id which moved with it would break the chain from a model back to a file,
 * and "forget this file" could not name what it means. Equal texts under two paths stay two documents: deduplication decides.
 */

import type { Turn } from "./conversation.ts";

/** Where a document came from: enough to find it again. */
export interface SourceRef {
  /** Path relative to the frozen source list, or a URI. `/` separates, also for files of Windows. */
  readonly path: string;
  /** Index of the record inside the file, from 0. Files which hold one document have 0. */
  readonly record: number;
  /** Size of the file as stored (compressed if it is), in bytes. */
  readonly sizeBytes?: number;
  /** Byte offset of the record in the decompressed file. */
  readonly offset?: number;
}

/** A value kept beside a document. */
export type MetadataValue = string | number | boolean;

/** One text with its origin and the facts known about it. */
export interface Document {
  /** Hex SHA-256 of the source identity, see {@link documentId}. */
  readonly id: string;
  readonly text: string;
  readonly source: SourceRef;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  /** Of a conversation: where in the text each message stands. */
  readonly turns?: readonly Turn[];
}

/** Why one document left the pipeline. */
export interface Drop {
  readonly documentId: string;
  /** Name of the step which dropped it. */
  readonly step: string;
  /** Stable code in snake_case, counted in reports. */
  readonly reason: string;
  /** For a person: what was found and what was wanted. */
  readonly detail: string;
}

/** What one step made of one input: a value that goes on, or a drop with its reason. */
export type StepResult<Output> =
  { readonly kept: true; readonly value: Output } | { readonly kept: false; readonly drop: Drop };

/** A named, versioned function over single documents. A changed version means that its results must be made again. */
export interface Step<Input, Output> {
  readonly name: string;
  readonly version: number;
  readonly apply: (input: Input) => StepResult<Output> | Promise<StepResult<Output>>;
}

/**
 * Gives the one spelling of a source path that ids are made of: NFC, `/` between segments, no empty or `.` segments in a
 * relative path. URIs are kept, apart from NFC.
 * @throws {RangeError} If the path is empty or leaves its root through `..`.
 */
export function canonicalSourcePath(path: string): string {
  const normal = path.normalize("NFC");
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(normal)) return normal;
  const segments: string[] = [];
  for (const segment of normal.replaceAll("\\", "/").split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..")
      throw new RangeError(`Cannot name source "${path}": found "..", wanted a path inside its root`);
    segments.push(segment);
  }
  if (segments.length === 0) throw new RangeError(`Cannot name source "${path}": found no segment, wanted a path`);
  return segments.join("/");
}

/**
 * Makes the id of the document at a place: hex SHA-256 of the canonical path, a NUL and the record index.
 * @param path Source path, in any spelling that {@link canonicalSourcePath} takes.
 * @param record Index of the record in the file, from 0.
 * @throws {RangeError} If the path is not usable or the index is not a whole number from 0.
 */
export async function documentId(path: string, record: number): Promise<string> {
  if (!Number.isSafeInteger(record) || record < 0) {
    throw new RangeError(`Cannot name record ${record} of "${path}": wanted a whole number from 0`);
  }
  const bytes = new TextEncoder().encode(`${canonicalSourcePath(path)}\0${record}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
