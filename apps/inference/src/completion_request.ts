/** OpenAI's completion request: what is accepted, and what a replica is asked for it. */
import { z } from "zod";
import type { ReplicaRequest } from "./replica_messages.ts";
import { MOST_SEQUENCES, mostTokens, SAMPLING_KEYS, samplingOf } from "./sampling_request.ts";

const tokens = z.array(z.number().int().nonnegative()).min(1);

/**
 * Body of `POST /v1/completions`. Unknown keys are refused, since ignoring them would change the answer silently.
 * @see https://platform.openai.com/docs/api-reference/completions/create
 */
export const CompletionRequest = z
  .strictObject({
    ...SAMPLING_KEYS,
    max_tokens: mostTokens(0),
    /** Null begins a document, as an empty text does. */
    prompt: z.union([z.null(), z.string(), z.array(z.string()).min(1), tokens, z.array(tokens).min(1)], {
      error: "expected text, token ids, or a list of either that is not empty",
    }),
    n: z.number().int().min(1).max(MOST_SEQUENCES).nullish(),
    logprobs: z.number().int().min(0).max(5).nullish(),
    echo: z.boolean().nullish(),
    best_of: z.number().int().nullish(),
    suffix: z.null().optional(),
  })
  .superRefine((body, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    const [prompts, n] = [promptsOf(body.prompt).length, body.n ?? 1];
    // An n that is too large by itself is refused by itself.
    if (n <= MOST_SEQUENCES && prompts * n > MOST_SEQUENCES) {
      refuse("prompt", `expected at most ${MOST_SEQUENCES} completions in all, not ${n} of each of ${prompts} prompts`);
    }
    if (body.best_of != null && body.best_of < (body.n ?? 1)) refuse("best_of", "expected n or more");
    if (body.stream_options != null && body.stream !== true) refuse("stream_options", "only allowed with stream");
  });
export type CompletionRequest = z.infer<typeof CompletionRequest>;

const DEFAULT_MAX_TOKENS = 16;

/** One completion that is asked for. */
export interface Choice {
  readonly index: number;
  readonly request: ReplicaRequest;
}

/** The prompts of a request, each by itself. */
function promptsOf(prompt: CompletionRequest["prompt"]): (string | number[])[] {
  if (prompt === null || typeof prompt === "string") return [prompt ?? ""];
  return typeof prompt[0] === "number" ? [prompt as number[]] : (prompt as (string | number[])[]);
}

/**
 * The completions of a request: n for each prompt, in the order of the prompts.
 * @param randomSeed Used when the request names no seed. Each completion has a seed of its own.
 */
export function choicesOf(body: CompletionRequest, randomSeed: number): Choice[] {
  const seed = body.seed ?? randomSeed;
  const settings = {
    ...samplingOf(body),
    maxTokens: body.max_tokens ?? DEFAULT_MAX_TOKENS,
    fewerWillDo: body.max_tokens == null,
    echo: body.echo === true,
    ...(body.logprobs != null && { topLogprobs: body.logprobs }),
  };
  return promptsOf(body.prompt).flatMap((prompt, at) =>
    Array.from({ length: body.n ?? 1 }, (_, copy) => {
      const index = at * (body.n ?? 1) + copy;
      return { index, request: { ...settings, prompt, seed: seed + index } };
    }),
  );
}
