/** The form of `/v1/completions`. */
import type { AnswerForm } from "./answer_form.ts";
import type { Choice } from "./completion_request.ts";
import type { ReplicaToken } from "./replica_messages.ts";

interface Logprobs {
  tokens: string[];
  /** Null for the first token of a prompt that is echoed. */
  token_logprobs: (number | null)[];
  /** The likeliest, and the one that is there, so one more than were asked for: so says OpenAI's reference of `logprobs`. */
  top_logprobs: (Record<string, number> | null)[];
  text_offset: number[];
}

export const COMPLETION_FORM: AnswerForm = {
  idPrefix: "cmpl-",
  object: "text_completion",
  chunkObject: "text_completion",
  promptParameter: "prompt",
  whole: (choice, tokens) => entryOf(choice, tokens, 0),
  parts(choice, token, _isFirst, offset) {
    const entry = entryOf(choice, [token], offset);
    return entry.text === "" && entry.logprobs === null && entry.finish_reason === null ? [] : [entry];
  },
};

function entryOf({ index }: Choice, tokens: readonly ReplicaToken[], offset: number) {
  return {
    index,
    text: tokens.map((token) => token.text).join(""),
    logprobs: logprobsOf(tokens, offset),
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
    // The one that was drawn comes last: several tokens may have one text, that of bytes that are no character.
    const likeliest = (top ?? []).map((other) => [other.text, other.logprob] as const);
    const { logprob } = chosen;
    logprobs.top_logprobs.push(
      logprob === null ? null : Object.fromEntries([...likeliest, [chosen.text, logprob] as const]),
    );
    logprobs.text_offset.push(at);
    at += text.length;
  }
  return logprobs;
}
