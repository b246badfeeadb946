/** OpenAI's chat request: what is accepted, and what a replica is asked for it. */
import type { TemplateMessage } from "@millrace/chat";
import { z } from "zod";
import type { Choice } from "./completion_request.ts";
import { MOST_SEQUENCES, mostTokens, SAMPLING_KEYS, samplingOf } from "./sampling_request.ts";

const TextPart = z.strictObject({ type: z.literal("text"), text: z.string() });
const name = z.string().min(1).max(256).optional();
const content = z.union([z.string(), z.array(TextPart).min(1)]);

const ChatMessage = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("system"), content, name }),
  z.strictObject({ role: z.literal("developer"), content, name }),
  z.strictObject({ role: z.literal("user"), content, name }),
  z.strictObject({ role: z.literal("assistant"), content, name, refusal: z.null().optional() }),
]);

/**
 * Body of `POST /v1/chat/completions`. Unknown keys are refused, since ignoring them would change the answer silently.
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export const ChatRequest = z
  .strictObject({
    ...SAMPLING_KEYS,
    messages: z.array(ChatMessage).min(1).max(2048),
    max_tokens: mostTokens(1),
    max_completion_tokens: mostTokens(1),
    n: z.number().int().min(1).max(MOST_SEQUENCES).nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.number().int().min(0).max(20).nullish(),
    response_format: z.strictObject({ type: z.literal("text") }).nullish(),
    modalities: z.tuple([z.literal("text")]).nullish(),
    store: z.literal(false).nullish(),
    service_tier: z.enum(["auto", "default"]).nullish(),
    // What `user` is parted into: nothing is done with them either.
    prompt_cache_key: z.string().max(512).nullish(),
    safety_identifier: z.string().max(512).nullish(),
  })
  .superRefine((body, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    if (body.stream_options != null && body.stream !== true) refuse("stream_options", "only allowed with stream");
    if (body.top_logprobs != null && body.logprobs !== true) refuse("top_logprobs", "only allowed with logprobs");
    if (body.max_tokens != null && body.max_completion_tokens != null) {
      refuse("max_tokens", "only one of max_tokens and max_completion_tokens is allowed");
    }
  });
export type ChatRequest = z.infer<typeof ChatRequest>;

/** The messages for a template: a developer's is a system's, since templates know no other; parts of text are joined. */
export function templateMessages({ messages }: ChatRequest): TemplateMessage[] {
  return messages.map(({ role, content: given, name: own }) => ({
    role: role === "developer" ? "system" : role,
    content: typeof given === "string" ? given : given.map(({ text }) => text).join(""),
    ...(own !== undefined && { name: own }),
  }));
}

/** As far as the context goes. */
const NO_LIMIT = 1_000_000;

/**
 * The completions of a request.
 * @param prompt The rendered messages, shielded.
 * @param randomSeed Used when the request names no seed. Each completion has a seed of its own.
 */
export function chatChoicesOf(body: ChatRequest, prompt: string, randomSeed: number): Choice[] {
  const seed = body.seed ?? randomSeed;
  const maxTokens = body.max_completion_tokens ?? body.max_tokens;
  const settings = {
    ...samplingOf(body),
    prompt,
    templated: true as const,
    maxTokens: maxTokens ?? NO_LIMIT,
    fewerWillDo: maxTokens == null,
    echo: false,
    ...(body.logprobs === true && { topLogprobs: body.top_logprobs ?? 0 }),
  };
  return Array.from({ length: body.n ?? 1 }, (_, index) => ({
    index,
    request: { ...settings, seed: seed + index },
  }));
}
