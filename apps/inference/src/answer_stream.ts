/** An answer as server-sent events, in OpenAI's form: chunks, at wish one with the usage, then `[DONE]`. */
import type { AnswerForm, AnswerHead } from "./answer_form.ts";
import type { ChoiceToken } from "./generated.ts";
import { usageOf } from "./usage.ts";

/** What shapes the stream. */
export interface StreamOptions {
  readonly head: AnswerHead;
  readonly form: AnswerForm;
  readonly includeUsage: boolean;
  /** Completions for each prompt. */
  readonly perPrompt: number;
  /** Body for an error after the first token. */
  errorBody(error: unknown): object;
}

/** How far one completion is. */
interface Place {
  isBegun: boolean;
  units: number;
  promptTokens: number;
  completionTokens: number;
}

/**
 * Writes the events.
 * @param first The first token, already taken: only then are headers sent.
 * @param rest The tokens after it; closed when the reader goes away.
 */
export function answerStream(
  first: ChoiceToken,
  rest: AsyncGenerator<ChoiceToken, void, undefined>,
  options: StreamOptions,
): ReadableStream<Uint8Array> {
  const events = eventsOf(first, rest, options);
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await events.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(`data: ${value}\n\n`));
    },
    async cancel() {
      await events.return();
      // A generator that was never begun runs no `finally`.
      await rest.return();
    },
  });
}

async function* eventsOf(
  first: ChoiceToken,
  rest: AsyncGenerator<ChoiceToken, void, undefined>,
  { head: { id, ...others }, form, includeUsage, perPrompt, errorBody }: StreamOptions,
): AsyncGenerator<string, void, undefined> {
  const places: Place[] = [];
  const head = { id, object: form.chunkObject, ...others };
  // With usage asked for, every other chunk says that it has none.
  const noUsage = includeUsage ? { usage: null } : {};
  const chunksOf = ({ choice, token }: ChoiceToken): string[] => {
    const { promptTokens } = token;
    const place = (places[choice.index] ??= { isBegun: false, units: 0, promptTokens, completionTokens: 0 });
    const entries = form.parts(choice, token, !place.isBegun, place.units);
    place.isBegun = true;
    place.units += token.text.length;
    if (!token.ofPrompt) place.completionTokens++;
    return entries.map((entry) => JSON.stringify({ ...head, choices: [entry], ...noUsage }));
  };
  try {
    yield* chunksOf(first);
    for await (const next of rest) yield* chunksOf(next);
  } catch (error) {
    yield JSON.stringify(errorBody(error));
    return;
  } finally {
    await rest.return();
  }
  if (includeUsage) yield JSON.stringify({ ...head, choices: [], usage: usageOf(places, perPrompt) });
  yield "[DONE]";
}
