/** OpenAI's completion request: what is accepted, and what a replica is asked for it. */
import { z } from "zod";
import type { ReplicaRequest } from "./replica_messages.ts";

/** Sequences that one request may ask for: prompts times n. */
const MOST_SEQUENCES = 64;

const tokens = z.array(z.number().int().nonnegative()).min(1);
const stop = z.string().min(1).max(256);

/**
 * Body of `POST /v1/completions`. Unknown keys are refused, since ignoring them would change the answer silently.
 * @see https://platform.openai.com/docs/api-reference/completions/create
 */
export const CompletionRequest = z
  .strictObject({
    model: z.string().min(1).max(300),
    prompt: z.union([z.string(), z.array(z.string()).min(1), tokens, z.array(tokens).min(1)]),
    max_tokens: z.number().int().min(1).max(1_000_000).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().gt(0).max(1).nullish(),
    n: z.number().int().min(1).max(MOST_SEQUENCES).nullish(),
    stop: z.union([stop, z.array(stop).max(16)]).nullish(),
    /** Bounded, so that every completion can have a seed of its own. */
    seed: z
      .number()
      .int()
      .min(-(2 ** 52))
      .max(2 ** 52)
      .nullish(),
    stream: z.boolean().nullish(),
    stream_options: z.strictObject({ include_usage: z.boolean().optional() }).nullish(),
    logprobs: z.number().int().min(0).max(5).nullish(),
    echo: z.boolean().nullish(),
    logit_bias: z.record(z.string().regex(/^\d{1,9}$/), z.number().min(-100).max(100)).nullish(),
    presence_penalty: z.number().min(-2).max(2).nullish(),
    frequency_penalty: z.number().min(-2).max(2).nullish(),
    best_of: z.number().int().nullish(),
    suffix: z.null({ error: "this model does not insert text: suffix is not supported" }).optional(),
    /** Names the end user; nothing is done with it. */
    user: z.string().max(512).nullish(),
  })
  .superRefine((body, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    const sequences = promptsOf(body.prompt).length * (body.n ?? 1);
    if (sequences > MOST_SEQUENCES) refuse("prompt", `asks for ${sequences} completions, at most ${MOST_SEQUENCES}`);
    if (body.best_of != null && body.best_of !== (body.n ?? 1)) refuse("best_of", "only as many as n are generated");
    if (body.stream_options != null && body.stream !== true) refuse("stream_options", "only allowed with stream");
    if (body.echo !== true) return;
    if (body.logprobs != null) refuse("echo", "log-probabilities of the prompt are not computed");
    if (promptsOf(body.prompt).some((prompt) => typeof prompt !== "string")) {
      refuse("echo", "only text prompts can be echoed");
    }
  });
export type CompletionRequest = z.infer<typeof CompletionRequest>;

const DEFAULT_MAX_TOKENS = 16;

/** One completion that is asked for. */
export interface Choice {
  readonly index: number;
  /** Text to put before the completion. */
  readonly echoed: string;
  readonly request: ReplicaRequest;
}

/** The prompts of a request, each by itself. */
function promptsOf(prompt: CompletionRequest["prompt"]): (string | number[])[] {
  if (typeof prompt === "string") return [prompt];
  return typeof prompt[0] === "number" ? [prompt as number[]] : (prompt as (string | number[])[]);
}

/**
 * The completions of a request: n for each prompt, in the order of the prompts.
 * @param randomSeed Used when the request names no seed. Each completion has a seed of its own.
 */
export function choicesOf(body: CompletionRequest, randomSeed: number): Choice[] {
  const seed = body.seed ?? randomSeed;
  const settings = {
    maxTokens: body.max_tokens ?? DEFAULT_MAX_TOKENS,
    temperature: body.temperature ?? 1,
    topP: body.top_p ?? 1,
    frequencyPenalty: body.frequency_penalty ?? 0,
    presencePenalty: body.presence_penalty ?? 0,
    stop: typeof body.stop === "string" ? [body.stop] : (body.stop ?? []),
    logitBias: Object.entries(body.logit_bias ?? {}).map(([id, bias]): [number, number] => [Number(id), bias]),
    ...(body.logprobs != null && { topLogprobs: body.logprobs }),
  };
  return promptsOf(body.prompt).flatMap((prompt, at) =>
    Array.from({ length: body.n ?? 1 }, (_, copy) => {
      const index = at * (body.n ?? 1) + copy;
      const echoed = body.echo === true && typeof prompt === "string" ? prompt : "";
      return { index, echoed, request: { ...settings, prompt, seed: seed + index } };
    }),
  );
}
