/** Token ids one after another; every document is preceded by the end-of-text token, which also says "beginning". */
export type TokenStream = Uint16Array | Uint32Array | Int32Array;

/** Rows of tokens for one run of a graph, row-major (rows, contextLength). */
export interface TokenBatch {
  readonly tokens: Int32Array;
  /** The token that follows each token; -1 where none is to be predicted. */
  readonly targets: Int32Array;
}

/** Marks a position whose prediction is not counted. */
export const IGNORED_TARGET = -1;

/** Makes an empty batch. */
export function tokenBatch(rows: number, contextLength: number): TokenBatch {
  return { tokens: new Int32Array(rows * contextLength), targets: new Int32Array(rows * contextLength) };
}

/**
 * Checks that a model has a row for every token: kernels need not check the ids they look up.
 * @throws {RangeError} Naming the first token that is too large or negative.
 */
export function checkTokens(what: string, stream: TokenStream, vocabularySize: number): void {
  for (let i = 0; i < stream.length; i++) {
    if (stream[i]! >= vocabularySize || stream[i]! < 0) {
      throw new RangeError(`${what} token ${i} is ${stream[i]}, wanted 0 to ${vocabularySize - 1}`);
    }
  }
}
