import type { Choice } from "./completion_request.ts";
import { generateWith, type Retry } from "./gateway/generate_with.ts";
import type { ReplicaGroup } from "./gateway/replica_group.ts";
import type { ReplicaToken } from "./replica_messages.ts";

/** A token, and the completion it belongs to. */
export interface ChoiceToken {
  readonly choice: Choice;
  readonly token: ReplicaToken;
}

/**
 * Generates completions side by side; tokens come as they are made. Leaving the loop ends the work on all of them.
 * @throws What the first one that fails throws; the others are ended.
 */
export async function* generateChoices(
  group: ReplicaGroup,
  choices: readonly Choice[],
  retry: Retry,
  signal: AbortSignal,
): AsyncGenerator<ChoiceToken, void, undefined> {
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const pending = new Map<number, Promise<{ choice: Choice; result: IteratorResult<ReplicaToken, void> }>>();
  const answers = choices.map((choice) => ({ choice, tokens: generateWith(group, choice.request, retry, either) }));
  const ask = ({ choice, tokens }: (typeof answers)[number]): void => {
    pending.set(
      choice.index,
      tokens.next().then((result) => ({ choice, result })),
    );
  };
  try {
    answers.forEach(ask);
    while (pending.size > 0) {
      const { choice, result } = await Promise.race(pending.values());
      pending.delete(choice.index);
      if (result.done === true) continue;
      yield { choice, token: result.value };
      answers.filter((answer) => answer.choice === choice).forEach(ask);
    }
  } finally {
    ending.abort(new Error("the reader has gone"));
    // One that stands at a token it has given hears of no signal; those that wait for one end by it.
    await Promise.allSettled([...pending.values(), ...answers.map(({ tokens }) => tokens.return())]);
  }
}
