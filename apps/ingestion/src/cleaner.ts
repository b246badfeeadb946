/** The port to where documents are read and cleaned: work for a processor, away from the loop that answers requests. */
import type { Policy } from "@millrace/corpus";
import type { LeftDocument, PassedDocument } from "./passed_document.ts";

/** A file as the source list froze it. */
export interface SourceContent {
  /** Relative to the source list's root; its ending says the format. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly licence: string | undefined;
}

/** What a run does to every document. */
export interface CleaningSettings {
  readonly policy: Policy;
  /** ISO 639-1 codes to keep; empty: all. */
  readonly languages: readonly string[];
  readonly scrub: boolean;
  readonly maxDocumentBytes: number;
  /** Share of each plain text and Markdown file, at its end, that is for validation; undefined: documents are split as wholes. */
  readonly heldOutEnd?: number | undefined;
}

/** What became of one document. */
export type Cleaned =
  | { readonly passed: true; readonly document: PassedDocument; /** UTF-8 bytes as read. */ readonly readBytes: number }
  | { readonly passed: false; readonly dropped: LeftDocument };

export interface Cleaner {
  /** Files that it works on at a time. */
  readonly atOnce: number;
  /**
   * Reads and cleans the documents of a file, in their order. The same file and settings give the same documents, whatever cleans them.
   * @param signal Ends the work soon after it is aborted; the iteration then throws its reason.
   */
  clean(content: SourceContent, settings: CleaningSettings, signal: AbortSignal): AsyncIterableIterator<Cleaned>;
}
