import { z } from "zod";
import { ask } from "./ask.ts";
import { readEvents } from "./read_events.ts";
import type { Target } from "./scenario.ts";

const Usage = z.object({ prompt_tokens: z.number(), completion_tokens: z.number() });
const Chunk = z.object({ choices: z.array(z.object({ text: z.string() })), usage: Usage.nullable() });

/** A streamed completion, and when what came. */
export interface Streamed {
  readonly status: number;
  /** Empty unless the status is 200. */
  readonly text: string;
  /** As the server says in its last chunk. */
  readonly completionTokens: number;
  /** From asking to headers, which the gateway sends with the first token. */
  readonly headersMs: number;
  /** From headers to the last chunk with text, over the tokens after the first. */
  readonly perTokenMs: number;
  /** Of a refusal. */
  readonly code: string | undefined;
  readonly retryAfter: string | null;
}

/**
 * Streams one completion.
 * @param body Beside what makes it a stream.
 * @throws {Error} If the stream breaks off, or is not of the form.
 */
export async function streamCompletion(target: Target, body: object): Promise<Streamed> {
  const start = performance.now();
  const streaming = { ...body, stream: true, stream_options: { include_usage: true } };
  const response = await ask(target, "/v1/completions", { method: "POST", body: JSON.stringify(streaming) });
  const headersAt = performance.now();
  const { status } = response;
  const answer = { status, headersMs: headersAt - start, retryAfter: response.headers.get("retry-after") };
  if (!response.ok) {
    const { error } = z.object({ error: z.object({ code: z.string() }) }).parse(await response.json());
    return { ...answer, text: "", completionTokens: 0, perTokenMs: Number.NaN, code: error.code };
  }
  let text = "";
  let lastAt = headersAt;
  let completionTokens: number | undefined;
  let isDone = false;
  for await (const data of readEvents(response.body as ReadableStream<Uint8Array<ArrayBuffer>>)) {
    if (isDone) throw new Error("reading a completion: something came after [DONE]");
    isDone = data === "[DONE]";
    if (isDone) continue;
    const { choices, usage } = Chunk.parse(JSON.parse(data));
    if (choices.length > 0) lastAt = performance.now();
    text += choices.map((choice) => choice.text).join("");
    completionTokens ??= usage?.completion_tokens;
  }
  if (!isDone || completionTokens === undefined)
    throw new Error(`reading a completion: it broke off after ${text.length} characters`);
  const perTokenMs = (lastAt - headersAt) / (completionTokens - 1);
  return { ...answer, text, completionTokens, perTokenMs, code: undefined };
}
