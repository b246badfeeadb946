/** Text continued by counts of n-grams: the port between the route and the thread that counts. */

/** Training tokens, each document preceded by the end-of-text token. */
export interface CountedTokens {
  /** Address of the manifest that names them: what was counted once is known by it. */
  readonly sha256: string;
  readonly vocabularySize: number;
  readonly endOfText: number;
  /** Called only where they are not counted yet. */
  read(): Promise<Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>;
}

/** What is to be drawn. */
export interface Drawing {
  /** From the beginning of a document. */
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number;
  /** Tokens after which nothing is drawn. */
  readonly ends: readonly number[];
}

/**
 * Draws tokens, each as soon as it is known.
 * @throws {unknown} The reason of the signal; what `read` throws.
 */
export type ContinueByCounts = (
  counted: CountedTokens,
  drawing: Drawing,
  signal: AbortSignal,
) => AsyncGenerator<number, void, undefined>;
