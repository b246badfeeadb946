import type { ReplicaToken } from "../replica_messages.ts";

/** Tokens of one request on their way from the link to its reader. */
export interface AnswerQueue {
  push(token: ReplicaToken): void;
  /** Ends the answer with an error, once the tokens before it are taken. */
  fail(error: unknown): void;
  /** The next token. @throws What `fail` was given. */
  next(): Promise<ReplicaToken>;
}

/** Makes an empty queue for one reader. */
export function createAnswerQueue(): AnswerQueue {
  const tokens: ReplicaToken[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;
  return {
    push(token) {
      tokens.push(token);
      wake?.();
    },
    fail(error) {
      failure ??= { error };
      wake?.();
    },
    async next() {
      if (tokens.length === 0 && failure === undefined) await new Promise<void>((resolve) => (wake = resolve));
      const token = tokens.shift();
      if (token !== undefined) return token;
      throw failure?.error;
    },
  };
}
