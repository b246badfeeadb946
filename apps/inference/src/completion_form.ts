/** The form of `/v1/completions`. */
import type { AnswerForm } from "./answer_form.ts";
import type { Choice } from "./completion_request.ts";
import type { ReplicaToken } from "./replica_messages.ts";

interface Logprobs {
  tokens: string[];
  token_logprobs: number[];
  top_logprobs: Record<string, number>[];
  text_offset: number[];
}

export const COMPLETION_FORM: AnswerForm = {
  idPrefix: "cmpl-",
  object: "text_completion",
  chunkObject: "text_completion",
  promptParameter: "prompt",
  whole: (choice, tokens) => entryOf(choice, tokens, choice.echoed, 0),
  parts(choice, token, isFirst, offset) {
    const entry = entryOf(choice, [token], isFirst ? choice.echoed : "", offset);
    return entry.text === "" && entry.logprobs === null && entry.finish_reason === null ? [] : [entry];
  },
};

function entryOf({ index }: Choice, tokens: readonly ReplicaToken[], echoed: string, offset: number) {
  return {
    index,
    text: echoed + tokens.map((token) => token.text).join(""),
    logprobs: logprobsOf(tokens, offset + echoed.length),
    finish_reason: tokens.at(-1)?.finish ?? null,
  };
}

function logprobsOf(tokens: readonly ReplicaToken[], offset: number): Logprobs | null {
  if (tokens.every(({ chosen }) => chosen === undefined)) return null;
  const logprobs: Logprobs = { tokens: [], token_logprobs: [], top_logprobs: [], text_offset: [] };
  let at = offset;
  for (const { chosen, top, text } of tokens) {
    if (chosen === undefined) continue;
    logprobs.tokens.push(chosen.text);
    logprobs.token_logprobs.push(chosen.logprob);
    logprobs.top_logprobs.push(Object.fromEntries((top ?? []).map((other) => [other.text, other.logprob])));
    logprobs.text_offset.push(at);
    at += text.length;
  }
  return logprobs;
}
