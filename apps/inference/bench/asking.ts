/** Clients that ask one completion after another, and what they see. */

/** What one completion took. */
export interface Completion {
  readonly firstTokenMs: number;
  /** Mean time of the tokens after the first. */
  readonly perTokenMs: number;
}

/** Completions of one round of clients. */
export interface Round {
  readonly seconds: number;
  readonly completions: readonly Completion[];
}

/**
 * Lets clients ask side by side, each as soon as it has its answer.
 * @param ask Makes one completion of the given number.
 */
export async function askAtOnce(
  clients: number,
  completions: number,
  ask: (index: number) => Promise<Completion>,
): Promise<Round> {
  const start = performance.now();
  const done: Completion[] = [];
  const indices = Array.from({ length: completions }, (_, index) => index).values();
  const client = async (): Promise<void> => {
    for (const index of indices) done.push(await ask(index));
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { seconds: (performance.now() - start) / 1000, completions: done };
}

/** An endpoint that is asked over HTTP. */
export interface Endpoint {
  readonly url: string;
  readonly apiKey: string;
  readonly model: string;
}

/**
 * Streams one completion of an OpenAI endpoint.
 * @throws {Error} If it does not have exactly as many tokens.
 */
export async function askEndpoint(
  { url, apiKey, model }: Endpoint,
  prompt: readonly number[],
  tokens: number,
): Promise<Completion> {
  const start = performance.now();
  const response = await fetch(`${url}/v1/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({
      model,
      prompt,
      max_tokens: tokens,
      temperature: 0,
      logit_bias: { "0": -100 },
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  // Headers come with the first token.
  const firstAt = performance.now();
  let text = "";
  let lastAt = firstAt;
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    // The usage, which comes last, is no token.
    if (piece.includes('"choices":[{')) lastAt = performance.now();
  }
  const found = Number(/"completion_tokens":(\d+)/.exec(text)?.[1]);
  if (found !== tokens)
    throw new Error(`asking ${model}: found ${found} tokens in ${text.slice(0, 200)}, wanted ${tokens}`);
  return { firstTokenMs: firstAt - start, perTokenMs: (lastAt - firstAt) / (tokens - 1) };
}
