import type { Tokenizer } from "@millrace/tokenizer";

/** An answer as it is looked for. */
export interface AnswerTokens {
  readonly text: string;
  readonly ids: Int32Array;
  /** By number of tokens: characters (UTF-16) that are complete with them. */
  readonly offsets: readonly number[];
}

/**
 * The tokens of an answer, with where each lies in the text.
 * @param answer Its text, or the tokens it was generated as.
 * @throws {RangeError} If a token is outside the vocabulary.
 */
export function answerTokens(tokenizer: Tokenizer, answer: string | readonly number[]): AnswerTokens {
  // Half of a surrogate pair cannot be written as bytes: both sides take the replacement character for it.
  const ids = typeof answer === "string" ? tokenizer.encodeOrdinary(answer) : Int32Array.from(answer);
  const decoder = tokenizer.streamDecoder();
  const offsets = [0];
  let text = "";
  for (const id of ids) {
    text += decoder.push(id);
    offsets.push(text.length);
  }
  return { text: text + decoder.flush(), ids, offsets };
}
