/** Tokens read and written, in OpenAI's form. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
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
