/** Bounds of what a reader takes from one file: input from outside is hostile until shown otherwise. */
export interface ReadLimits {
  /** Largest stored file, in bytes (compressed if it is). */
  readonly maxFileBytes: number;
  /** Largest single document, in bytes: a whole text, Markdown or HTML file, or one line of JSON. */
  readonly maxDocumentBytes: number;
  /** Largest ratio of decompressed to stored bytes; judged only after the first MiB. */
  readonly maxExpansion: number;
}

/** Text rarely shrinks below 1/100 under gzip; zeros reach 1/1032, so 200 stands between the two. */
export const DEFAULT_READ_LIMITS: ReadLimits = {
  maxFileBytes: 2 * 1024 ** 3,
  maxDocumentBytes: 16 * 1024 ** 2,
  maxExpansion: 200,
};
