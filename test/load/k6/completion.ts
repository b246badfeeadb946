import { ask, MODEL } from "./ask.ts";

export const TOKENS = 20;
export const SEEDS = 8;

interface Completion {
  readonly status: number;
  /** Empty unless the status is 200. */
  readonly text: string;
  /** As the usage chunk says. */
  readonly tokens: number;
  /** To the headers, which the gateway sends with the first token. */
  readonly firstTokenMs: number;
  /** From headers to the end, over the tokens after the first. */
  readonly perTokenMs: number;
  readonly refusal: { readonly code: string; readonly retryAfter: string | undefined } | undefined;
}

/**
 * Streams a completion; k6 gives it when it is whole.
 * @throws {Error} If the stream is not of the form.
 */
export function complete(seed: number): Completion {
  const body = { model: MODEL, prompt: "The mill", max_tokens: TOKENS, seed, stream: true };
  const response = ask("POST", "/v1/completions", { ...body, stream_options: { include_usage: true } });
  const { status, timings } = response;
  const answer = { status, firstTokenMs: timings.waiting };
  if (status !== 200) {
    const { error } = JSON.parse(response.body) as { error: { code: string } };
    const refusal = { code: error.code, retryAfter: response.headers["Retry-After"] };
    return { ...answer, text: "", tokens: 0, perTokenMs: Number.NaN, refusal };
  }
  const events = response.body.trimEnd().split("\n\n");
  if (events.pop() !== "data: [DONE]") throw new Error("the stream broke off");
  const chunks = events.map(
    (event) =>
      JSON.parse(event.slice("data: ".length)) as {
        choices: { text: string }[];
        usage: { completion_tokens: number } | null;
      },
  );
  const text = chunks.flatMap(({ choices }) => choices.map((choice) => choice.text)).join("");
  const tokens = chunks.at(-1)?.usage?.completion_tokens ?? Number.NaN;
  return { ...answer, text, tokens, perTokenMs: timings.receiving / (tokens - 1), refusal: undefined };
}

/** What each seed gives, asked one after another. */
export function withoutLoad(): string[] {
  return Array.from({ length: SEEDS }, (_, seed) => complete(seed).text);
}
