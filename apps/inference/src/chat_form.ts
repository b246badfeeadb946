/** The form of `/v1/chat/completions`. */
import type { AnswerForm } from "./answer_form.ts";
import type { ReplicaToken } from "./replica_messages.ts";

export const CHAT_FORM: AnswerForm = {
  idPrefix: "chatcmpl-",
  object: "chat.completion",
  chunkObject: "chat.completion.chunk",
  promptParameter: "messages",
  whole: ({ index }, tokens) => ({
    index,
    message: { role: "assistant", content: tokens.map(({ text }) => text).join(""), refusal: null },
    logprobs: logprobsOf(tokens),
    finish_reason: tokens.at(-1)?.finish ?? null,
  }),
  parts({ index }, token, isFirst) {
    const logprobs = logprobsOf([token]);
    const part = (delta: object, entry: object = {}): object => ({
      index,
      delta,
      logprobs: null,
      finish_reason: null,
      ...entry,
    });
    return [
      ...(isFirst ? [part({ role: "assistant", content: "", refusal: null })] : []),
      ...(token.text === "" && logprobs === null ? [] : [part({ content: token.text }, { logprobs })]),
      ...(token.finish === undefined ? [] : [part({}, { finish_reason: token.finish })]),
    ];
  },
};

function logprobsOf(tokens: readonly ReplicaToken[]): object | null {
  if (tokens.every(({ chosen }) => chosen === undefined)) return null;
  const content = tokens.flatMap(({ chosen, top }) =>
    chosen === undefined ? [] : [{ ...tokenOf(chosen), top_logprobs: (top ?? []).map(tokenOf) }],
  );
  return { content, refusal: null };
}

function tokenOf({ text, logprob }: { readonly text: string; readonly logprob: number | null }): object {
  // U+FFFD stands for bytes that are no whole character: which ones is not known here.
  const bytes = text.includes("\ufffd") ? null : [...new TextEncoder().encode(text)];
  return { token: text, logprob, bytes };
}
