/** Answers of the OpenAI-compatible endpoint, piece by piece as they come. */
import { z } from "zod";

/** Where the endpoint is. */
export interface Endpoint {
  readonly address: string;
  readonly apiKey: string;
}

/** The endpoint refused, or broke off. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  readonly code: string | null;

  constructor(message: string, code: string | null) {
    super(message);
    this.code = code;
  }
}

const Refusal = z.object({ error: z.object({ message: z.string(), code: z.string().nullable() }) });
const Chunk = z.object({
  choices: z.array(
    z.object({ text: z.string().optional(), delta: z.object({ content: z.string().nullish() }).optional() }),
  ),
});

/**
 * Asks for an answer and gives its text as it comes.
 * @param path `/v1/chat/completions` or `/v1/completions`.
 * @param body Of the request, without `stream`.
 * @throws {AnswerError} If the endpoint refuses or breaks off.
 * @throws The signal's reason, once it is aborted.
 */
export async function* streamAnswer(
  { address, apiKey }: Endpoint,
  path: string,
  body: object,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  const sent = JSON.stringify({ ...body, stream: true });
  const response = await fetch(new URL(path, address), { method: "POST", headers, body: sent, signal });
  if (!response.ok || !response.body) {
    const text = await response.text();
    const refusal = Refusal.safeParse(jsonOf(text));
    if (refusal.success) throw new AnswerError(refusal.data.error.message, refusal.data.error.code);
    throw new AnswerError(`asking ${path}: found status ${response.status}, wanted an answer`, null);
  }
  let rest = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith("data: ")) continue;
      const data = line.slice("data: ".length);
      if (data === "[DONE]") return;
      yield textOf(data);
    }
  }
  throw new AnswerError("the answer broke off", null);
}

function textOf(data: string): string {
  const value = jsonOf(data);
  const refusal = Refusal.safeParse(value);
  if (refusal.success) throw new AnswerError(refusal.data.error.message, refusal.data.error.code);
  return Chunk.parse(value)
    .choices.map(({ text, delta }) => text ?? delta?.content ?? "")
    .join("");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
