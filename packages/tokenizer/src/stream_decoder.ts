/** Turns tokens into text as they come, without ever giving half a character. */
export interface StreamDecoder {
  /** Text that is complete with this token; empty while a character is unfinished. */
  push(id: number): string;
  /** Ends the stream: an unfinished character comes out as U+FFFD. */
  flush(): string;
}

/**
 * Makes a decoder for one stream. All it gives, joined, is what decoding all ids at once gives.
 * @param bytesOf Bytes of a token.
 * @throws {RangeError} From push(), if there is no such token.
 */
export function createStreamDecoder(bytesOf: (id: number) => Uint8Array): StreamDecoder {
  // ignoreBOM keeps U+FEFF in the text: without it a stream would lose its first character.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    push: (id) => decoder.decode(bytesOf(id), { stream: true }),
    flush: () => decoder.decode(),
  };
}
