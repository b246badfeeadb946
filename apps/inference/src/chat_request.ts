/** OpenAI's chat request: what is accepted, what is refused by name, and what a replica is asked for it. */
import { HttpError } from "@millrace/service";
import { z } from "zod";
import type { Choice } from "./completion_request.ts";
import { MOST_SEQUENCES, SAMPLING_KEYS, samplingOf } from "./sampling_request.ts";

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
    max_completion_tokens: SAMPLING_KEYS.max_tokens,
    n: z.number().int().min(1).max(MOST_SEQUENCES).nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.number().int().min(0).max(20).nullish(),
    response_format: z.strictObject({ type: z.literal("text") }).nullish(),
    modalities: z.tuple([z.literal("text")]).nullish(),
    store: z.literal(false).nullish(),
    service_tier: z.enum(["auto", "default"]).nullish(),
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

/** What OpenAI's API has and a model of text alone does not do. */
const UNSUPPORTED = [
  "audio",
  "function_call",
  "functions",
  "metadata",
  "parallel_tool_calls",
  "prediction",
  "reasoning_effort",
  "tool_choice",
  "tools",
  "verbosity",
  "web_search_options",
];

/**
 * Refuses by name what is part of OpenAI's API and not done here.
 * @throws {HttpError} 400 `unsupported_parameter`.
 */
export function refuseUnsupported(body: Readonly<Record<string, unknown>>): void {
  for (const key of UNSUPPORTED) if (body[key] != null) throw unsupported(key, `${key} is not supported`);
  const format = z.object({ type: z.string() }).safeParse(body["response_format"]);
  if (format.success && format.data.type !== "text") {
    throw unsupported("response_format", `response_format of type "${format.data.type.slice(0, 64)}" is not supported`);
  }
  if (body["store"] === true) throw unsupported("store", "answers are not stored");
  const modalities = z.array(z.string()).safeParse(body["modalities"]);
  if (modalities.success && modalities.data.some((modality) => modality !== "text")) {
    throw unsupported("modalities", "only text is supported");
  }
  const messages = z.array(Message).safeParse(body["messages"]);
  for (const [at, message] of (messages.data ?? []).entries()) {
    const path = `messages.${at}`;
    if (message.role === "tool" || message.role === "function") {
      throw unsupported(`${path}.role`, `messages of role "${message.role}" are not supported`);
    }
    for (const key of ["tool_calls", "function_call", "audio"] as const) {
      if (message[key] != null) throw unsupported(`${path}.${key}`, `${key} is not supported`);
    }
    const parts = z.array(z.object({ type: z.string() })).safeParse(message.content);
    const part = parts.data?.findIndex(({ type }) => type !== "text") ?? -1;
    if (part >= 0) {
      const type = parts.data?.[part]?.type.slice(0, 64);
      throw unsupported(`${path}.content.${part}`, `content of type "${type}" is not supported, only text is`);
    }
  }
}

/** As much of a message as is looked at for what is not supported. */
const Message = z.object({
  role: z.unknown().optional(),
  content: z.unknown().optional(),
  tool_calls: z.unknown().optional(),
  function_call: z.unknown().optional(),
  audio: z.unknown().optional(),
});

function unsupported(path: string, message: string): HttpError {
  const whole = `${message} by this model.`;
  return new HttpError(400, "unsupported_parameter", whole, [{ path, message: whole }]);
}

/** A message as chat templates know it. */
export interface TemplateMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
  readonly name?: string;
}

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
 * @param prompt The rendered messages.
 * @param randomSeed Used when the request names no seed. Each completion has a seed of its own.
 */
export function chatChoicesOf(body: ChatRequest, prompt: string, randomSeed: number): Choice[] {
  const seed = body.seed ?? randomSeed;
  const settings = {
    ...samplingOf(body),
    prompt,
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? NO_LIMIT,
    ...(body.logprobs === true && { topLogprobs: body.top_logprobs ?? 0 }),
  };
  return Array.from({ length: body.n ?? 1 }, (_, index) => ({
    index,
    echoed: "",
    request: { ...settings, seed: seed + index },
  }));
}
