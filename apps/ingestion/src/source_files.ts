import type { Source } from "@millrace/contracts";

/** A file that a recipe names. */
export interface FoundFile {
  /** Relative to the recipe's root, `/` between segments. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** The port to where documents lie. */
export interface SourceFiles {
  /**
   * Lists what a source names: readable types only, no links followed.
   * @param source Its path is absolute.
   */
  list(source: Source): Promise<{ readonly root: string; readonly files: FoundFile[] }>;
  /**
   * Reads a file.
   * @throws {Error} If it cannot be read or lies outside of the root.
   */
  read(root: string, path: string): Promise<Uint8Array>;
}
