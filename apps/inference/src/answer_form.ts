import type { Choice } from "./completion_request.ts";
import type { ReplicaToken } from "./replica_messages.ts";

/** How one of OpenAI's endpoints words an answer. */
export interface AnswerForm {
  /** What ids begin with. */
  readonly idPrefix: string;
  readonly object: string;
  /** `object` of the parts of a stream. */
  readonly chunkObject: string;
  /** The request's parameter that holds the prompt. */
  readonly promptParameter: string;
  /** An entry of `choices`. */
  whole(choice: Choice, tokens: readonly ReplicaToken[]): object;
  /**
   * Entries of `choices` for the next token of a completion, each for a chunk of its own.
   * @param isFirst Whether it is the first token of its completion.
   * @param offset UTF-16 units of the text before it.
   */
  parts(choice: Choice, token: ReplicaToken, isFirst: boolean, offset: number): readonly object[];
}

/** What all parts of one answer share. */
export interface AnswerHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** `name@version`. */
  readonly model: string;
}
