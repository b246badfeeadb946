/** Why a file or a record could not become a document. */
export type QuarantineReason =
  | "unsupported_format"
  | "file_too_large"
  | "document_too_large"
  | "expands_too_much"
  | "corrupt_gzip"
  | "read_failed"
  | "binary_content"
  | "invalid_utf8"
  | "invalid_json"
  | "missing_text"
  | "invalid_messages"
  | "too_complex"
  | "empty_document";

/** What stayed outside, where it stands and why. Reading goes on after it. */
export interface Quarantine {
  readonly path: string;
  /** Index of the record in the file, from 0. */
  readonly record: number;
  readonly reason: QuarantineReason;
  /** Byte offset in the decompressed file at which reading stopped or the record begins. */
  readonly offset: number;
  /** Bytes of the record, as far as they were read. Missing where the whole file stayed outside. */
  readonly sizeBytes?: number;
  /** For a person: what was found and what was wanted. */
  readonly detail: string;
}

/** Thrown between the parts of a reader; the reader turns it into a {@link Quarantine}, so it never reaches a caller. */
export class UnreadableError extends Error {
  readonly reason: QuarantineReason;
  readonly offset: number;

  constructor(reason: QuarantineReason, offset: number, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = "UnreadableError";
    this.reason = reason;
    this.offset = offset;
  }
}
