/** A completion as server-sent events, in OpenAI's form: chunks, at wish one with the usage, then `[DONE]`. */
import { type AnswerHead, answerChoice, usageOf } from "./completion_answer.ts";
import type { ChoiceToken } from "./generated.ts";

/** What shapes the stream. */
export interface StreamOptions {
  readonly head: AnswerHead;
  readonly includeUsage: boolean;
  /** Completions for each prompt. */
  readonly perPrompt: number;
  /** Body for an error after the first token. */
  errorBody(error: unknown): object;
}

/** How far one completion is. */
interface Place {
  units: number;
  promptTokens: number;
  completionTokens: number;
}

/**
 * Writes the events.
 * @param first The first token, already taken: only then are headers sent.
 * @param rest The tokens after it; closed when the reader goes away.
 */
export function completionStream(
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
  { head, includeUsage, perPrompt, errorBody }: StreamOptions,
): AsyncGenerator<string, void, undefined> {
  const places: Place[] = [];
  // With usage asked for, every other chunk says that it has none.
  const noUsage = includeUsage ? { usage: null } : {};
  const chunkOf = ({ choice, token }: ChoiceToken): object | undefined => {
    const { index, echoed } = choice;
    const place = (places[index] ??= { units: 0, promptTokens: token.promptTokens, completionTokens: 0 });
    const isFirst = place.completionTokens === 0;
    const entry = answerChoice(index, [token], { echoed: isFirst ? echoed : "", offset: place.units });
    place.units += entry.text.length;
    place.completionTokens++;
    if (entry.text === "" && entry.logprobs === null && entry.finish_reason === null) return undefined;
    return { ...head, choices: [entry], ...noUsage };
  };
  try {
    const opening = chunkOf(first);
    if (opening !== undefined) yield JSON.stringify(opening);
    for await (const next of rest) {
      const chunk = chunkOf(next);
      if (chunk !== undefined) yield JSON.stringify(chunk);
    }
  } catch (error) {
    yield JSON.stringify(errorBody(error));
    return;
  } finally {
    await rest.return();
  }
  if (includeUsage) yield JSON.stringify({ ...head, choices: [], usage: usageOf(places, perPrompt) });
  yield "[DONE]";
}
