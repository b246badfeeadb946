import { ContextLengthExceededError } from "@millrace/generation";
import type { Tokenizer } from "@millrace/tokenizer";
import { MOST_PROMPT_IDS, type RefusalCode, type ReplicaRequest, type ReplicaToken } from "../replica_messages.ts";
import type { LoadedModel } from "./load_model.ts";

/**
 * Generates what is asked for. The last token says why it is the last.
 * @throws {ContextLengthExceededError} If prompt and answer do not fit. @throws {RangeError} If the request is out of range.
 */
export async function* answer(
  model: LoadedModel,
  { logitBias, topLogprobs, fewerWillDo, echo, templated, ...request }: ReplicaRequest,
  signal: AbortSignal,
): AsyncGenerator<ReplicaToken, void, undefined> {
  // Encoded here, because the sender wants to know how many tokens its prompt has. An empty one stands for one token.
  const { generator, tokenizer } = model;
  const prompt =
    typeof request.prompt === "string" ? encoded(request.prompt, templated === true, model) : request.prompt;
  const promptTokens = Math.max(1, prompt.length);
  const room = Math.max(1, generator.contextLength - promptTokens);
  const maxTokens = fewerWillDo ? Math.min(request.maxTokens, room) : request.maxTokens;
  const isEchoed = echo && prompt.length > 0;
  const scorePrompt = isEchoed && topLogprobs !== undefined;
  const ends = templated === true && model.endOfTurn !== undefined ? { endOfTurn: model.endOfTurn } : {};
  const asked = { ...request, ...ends, prompt, maxTokens, scorePrompt, logitBias: new Map(logitBias) };
  // Refuses at once what is out of range: nothing is said before.
  const tokens = generator.generate({ ...asked, topLogprobs: topLogprobs ?? 0 }, signal);
  let isFirst = true;
  const said = (token: Omit<ReplicaToken, "promptTokens" | "prompt">): ReplicaToken => {
    const whole = { ...token, promptTokens, ...(isFirst && { prompt: prompt.slice(0, MOST_PROMPT_IDS) }) };
    isFirst = false;
    return whole;
  };
  if (isEchoed && !scorePrompt) for (const text of textsOf(tokenizer, prompt)) yield said({ text, ofPrompt: true });
  const textOf = (token: number): string => tokenizer.decode([token]);
  for await (const { token, text, logprob, topLogprobs: top, finish, ofPrompt } of tokens) {
    yield said({
      text,
      ...(ofPrompt && { ofPrompt }),
      ...(finish !== undefined && { finish }),
      ...(topLogprobs !== undefined && {
        chosen: { text: textOf(token), logprob },
        top: top.map((other) => ({ text: textOf(other.token), logprob: other.logprob })),
      }),
    });
  }
  if (maxTokens === 0 && !scorePrompt) yield said({ text: "", ofPrompt: true, finish: "length" });
}

/** A chat template writes the token that begins a text itself, if there is to be one; nobody else does. */
function encoded(
  text: string,
  templated: boolean,
  { tokenizer, begin, encodeRendered }: LoadedModel,
): readonly number[] {
  if (templated) return [...encodeRendered(text)];
  const ids = tokenizer.encode(text);
  return begin === undefined || ids.length === 0 || ids[0] === begin ? [...ids] : [begin, ...ids];
}

/** The text of a prompt, in pieces that fit a frame. */
function* textsOf(tokenizer: Tokenizer, prompt: readonly number[]): Generator<string> {
  const decoder = tokenizer.streamDecoder();
  for (const id of prompt) yield decoder.push(id);
  yield decoder.flush();
}

/** Puts an error of `answer` into the words of the protocol. */
export function refusalOf(error: unknown): { readonly code: RefusalCode; readonly message: string } {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 4000);
  if (error instanceof ContextLengthExceededError) return { code: error.code, message };
  return { code: error instanceof RangeError ? "invalid_request" : "generation_failed", message };
}
