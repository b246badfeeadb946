import type { Skipped, Source } from "@millrace/contracts";

/** A file that a recipe names. */
export interface FoundFile {
  /** Relative to the recipe's root, `/` between segments. */
  readonly path: string;
  readonly sizeBytes: number;
}

export interface FoundFiles {
  readonly root: string;
  readonly files: FoundFile[];
  readonly skipped: readonly Skipped[];
}

/** The port to where documents lie. */
export interface SourceFiles {
  /**
   * Lists what a source names: readable types only, no links followed; and what it names and is not read.
   * @param source Its path is absolute.
   */
  list(source: Source): Promise<FoundFiles>;
  /**
   * Reads a file.
   * @param mostBytes More is not read. Default: any number.
   * @throws {Error} If it cannot be read, is more than that, or lies outside of the root.
   */
  read(root: string, path: string, mostBytes?: number): Promise<Uint8Array>;
}
