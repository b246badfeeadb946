/** What is noted of a request that was answered or refused: numbers and token ids, never text. */
import type { ServedVersion } from "./version_store.ts";
import type { ChoiceToken } from "./generated.ts";

/** `shed`: the queue was full. `left`: the client went away. `refused`: the request's own fault. */
export type Outcome = "completed" | "shed" | "refused" | "failed" | "left";

/** One request for completions. */
export interface Observation {
  readonly served: Pick<ServedVersion, "project" | "model" | "version">;
  readonly outcome: Outcome;
  /** Made by another service to try the version out. */
  readonly isSynthetic: boolean;
  /** When it began, milliseconds since 1970. */
  readonly startedAt: number;
  /** Null if there was no token. */
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
  /** Mean time between the tokens of one completion; null if none has two. */
  readonly perTokenMs: number | null;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Ids of the first tokens of each prompt that was read; none of conversations. */
  readonly prompts: readonly (readonly number[])[];
}

/** Takes note of requests. */
export type RecordObservation = (observation: Observation) => void;

/** Watches one request. */
export interface Watch {
  token(token: ChoiceToken): void;
  /** Ends it; only the first call counts. */
  end(outcome: Outcome): void;
}

/** What is known of a request before it is answered. */
export interface WatchedRequest {
  readonly served: Observation["served"];
  /** Completions for each prompt: of those, one tells of it. */
  readonly perPrompt: number;
  readonly isSynthetic: boolean;
  /** Whether a template wrote the prompts: how those begin says nothing of what is asked. */
  readonly isTemplated: boolean;
  /** Told of tokens as they are read and written. */
  readonly spend: (tokens: number) => void;
}

/**
 * Begins to watch a request.
 * @param now Milliseconds since 1970.
 */
export function watchRequest(
  { served, perPrompt, isSynthetic, isTemplated, spend }: WatchedRequest,
  now: () => number,
  record: RecordObservation,
): Watch {
  const startedAt = now();
  /** Tokens that each completion has so far. */
  const counts = new Map<number, number>();
  const prompts: (readonly number[])[] = [];
  let promptTokens = 0;
  let firstAt: number | undefined;
  let lastAt = startedAt;
  let isOver = false;
  return {
    token({ choice: { index }, token }) {
      const before = counts.get(index);
      if (before === undefined && index % perPrompt === 0) {
        promptTokens += token.promptTokens;
        spend(token.promptTokens);
        if (token.prompt !== undefined && !isTemplated) prompts.push(token.prompt);
      }
      counts.set(index, (before ?? 0) + (token.ofPrompt ? 0 : 1));
      if (token.ofPrompt) return;
      lastAt = now();
      firstAt ??= lastAt;
      spend(1);
    },
    end(outcome) {
      if (isOver) return;
      isOver = true;
      const most = Math.max(0, ...counts.values());
      record({
        served,
        outcome,
        isSynthetic,
        startedAt,
        firstTokenMs: firstAt === undefined ? null : firstAt - startedAt,
        totalMs: now() - startedAt,
        perTokenMs: firstAt === undefined || most < 2 ? null : (lastAt - firstAt) / (most - 1),
        promptTokens,
        completionTokens: [...counts.values()].reduce((sum, count) => sum + count, 0),
        prompts,
      });
    },
  };
}
