import { ContextLengthExceededError } from "@millrace/generation";
import { MOST_PROMPT_IDS, type RefusalCode, type ReplicaRequest, type ReplicaToken } from "../replica_messages.ts";
import type { LoadedModel } from "./load_model.ts";

/**
 * Generates what is asked for.
 * @throws {ContextLengthExceededError} If the prompt does not fit. @throws {RangeError} If the request is out of range.
 */
export async function* answer(
  { generator, tokenizer }: LoadedModel,
  { logitBias, topLogprobs, ...request }: ReplicaRequest,
  signal: AbortSignal,
): AsyncGenerator<ReplicaToken, void, undefined> {
  // Encoded here, because the sender wants to know how many tokens its prompt has. An empty one stands for one token.
  const prompt = typeof request.prompt === "string" ? [...tokenizer.encode(request.prompt)] : request.prompt;
  const promptTokens = Math.max(1, prompt.length);
  const textOf = (token: number): string => tokenizer.decode([token]);
  const asked = { ...request, prompt, logitBias: new Map(logitBias), topLogprobs: topLogprobs ?? 0 };
  let isFirst = true;
  for await (const { token, text, logprob, topLogprobs: top, finish } of generator.generate(asked, signal)) {
    yield {
      text,
      promptTokens,
      ...(isFirst && { prompt: prompt.slice(0, MOST_PROMPT_IDS) }),
      ...(finish !== undefined && { finish }),
      ...(topLogprobs !== undefined && {
        chosen: { text: textOf(token), logprob },
        top: top.map((other) => ({ text: textOf(other.token), logprob: other.logprob })),
      }),
    };
    isFirst = false;
  }
}

/** Puts an error of `answer` into the words of the protocol. */
export function refusalOf(error: unknown): { readonly code: RefusalCode; readonly message: string } {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 4000);
  if (error instanceof ContextLengthExceededError) return { code: error.code, message };
  return { code: error instanceof RangeError ? "invalid_request" : "generation_failed", message };
}
