/** OpenAI's completion answers, whole and in chunks. */
import type { ReplicaToken } from "./replica_messages.ts";

/** What all parts of one answer share. */
export interface AnswerHead {
  readonly id: string;
  readonly object: "text_completion";
  /** Seconds since 1970. */
  readonly created: number;
  /** `name@version`. */
  readonly model: string;
}

interface Logprobs {
  tokens: string[];
  token_logprobs: number[];
  top_logprobs: Record<string, number>[];
  text_offset: number[];
}

/** One entry of `choices`. */
export interface AnswerChoice {
  readonly index: number;
  readonly text: string;
  readonly logprobs: Logprobs | null;
  readonly finish_reason: "stop" | "length" | null;
}

/** Tokens read and written. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/**
 * One entry of `choices` for some tokens of a completion.
 * @param offset UTF-16 units of the completion, echoed prompt included, before these tokens.
 */
export function answerChoice(
  index: number,
  tokens: readonly ReplicaToken[],
  { echoed, offset }: { readonly echoed: string; readonly offset: number },
): AnswerChoice {
  const text = echoed + tokens.map((token) => token.text).join("");
  return {
    index,
    text,
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

/** Adds up what each prompt and each completion took; the prompt of several completions counts once. */
export function usageOf(
  completions: readonly { readonly promptTokens: number; readonly completionTokens: number }[],
  perPrompt: number,
): Usage {
  const prompt = sum(completions.filter((_, index) => index % perPrompt === 0).map((one) => one.promptTokens));
  const completion = sum(completions.map((one) => one.completionTokens));
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, one) => total + one, 0);
}
