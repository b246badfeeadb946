/** An answer of the gateway, read from its stream. */
import { z } from "zod";

const Chunk = z.object({
  model: z.string(),
  choices: z.array(
    z.object({
      text: z.string().optional(),
      delta: z.object({ content: z.string().nullish() }).optional(),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: z.object({ completion_tokens: z.number() }).nullish(),
});
const Refusal = z.object({ error: z.object({ message: z.string() }) });

export interface CompletedAnswer {
  readonly text: string;
  readonly tokens: number;
  readonly firstTokenMs: number;
  /** From the first token to the last. */
  readonly restMs: number;
  /** `stop` or `length`. */
  readonly finish: string;
}

/**
 * Reads an answer to its end.
 * @param now Milliseconds.
 * @param sentAt When the request was sent.
 * @returns The answer, or the words of the refusal.
 */
export async function readAnswer(
  response: Response,
  now: () => number,
  sentAt: number,
): Promise<CompletedAnswer | { readonly refused: string }> {
  if (!response.ok || response.body === null) return refusalOf(await response.json(), response.status);
  let text = "";
  let tokens = 0;
  let finish = "stop";
  let firstAt: number | undefined;
  for await (const data of eventsOf(response.body)) {
    if (data === "[DONE]") continue;
    firstAt ??= now();
    const message: unknown = JSON.parse(data);
    const chunk = Chunk.safeParse(message);
    if (!chunk.success) return refusalOf(message, response.status);
    const [choice] = chunk.data.choices;
    text += choice?.text ?? choice?.delta?.content ?? "";
    finish = choice?.finish_reason ?? finish;
    tokens = chunk.data.usage?.completion_tokens ?? tokens;
  }
  const begun = firstAt ?? now();
  return { text, tokens, finish, firstTokenMs: begun - sentAt, restMs: now() - begun };
}

function refusalOf(body: unknown, status: number): { readonly refused: string } {
  const refusal = Refusal.safeParse(body);
  return { refused: refusal.success ? refusal.data.error.message : `the service answered with status ${status}` };
}

/** Data of server-sent events of one line each, as the gateway writes them. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("data: ")) yield line.slice("data: ".length);
  }
}
