/** What OpenAI's API has and is not done here: refused by name, since leaving it out would change the answer silently. */
import { HttpError } from "@millrace/service";
import { z } from "zod";

type Body = Readonly<Record<string, unknown>>;

/** @throws {HttpError} 400 `unsupported_parameter`, for what `POST /v1/completions` does not do. */
export function refuseUnsupportedCompletion(body: Body): void {
  refuseStreamOptions(body);
  if (body["suffix"] != null) throw unsupported("suffix", "inserting text (suffix) is not supported");
  const { n, best_of: tried } = body;
  if (typeof tried === "number" && tried > (typeof n === "number" ? n : 1)) {
    throw unsupported("best_of", "choosing among more completions than n (best_of) is not supported");
  }
}

const NOT_IN_CHAT = [
  "audio",
  "function_call",
  "functions",
  "metadata",
  "moderation",
  "parallel_tool_calls",
  "prediction",
  "prompt_cache_options",
  "prompt_cache_retention",
  "reasoning_effort",
  "tool_choice",
  "tools",
  "verbosity",
  "web_search_options",
];

/** @throws {HttpError} 400 `unsupported_parameter`, for what `POST /v1/chat/completions` does not do. */
export function refuseUnsupportedChat(body: Body): void {
  refuseStreamOptions(body);
  for (const key of NOT_IN_CHAT) if (body[key] != null) throw unsupported(key, `${key} is not supported`);
  const format = z.object({ type: z.string() }).safeParse(body["response_format"]);
  if (format.success && format.data.type !== "text") {
    throw unsupported("response_format", `response_format of type "${format.data.type.slice(0, 64)}" is not supported`);
  }
  if (body["store"] === true) throw unsupported("store", "answers are not stored");
  const { service_tier: tier } = body;
  if (typeof tier === "string" && tier !== "auto" && tier !== "default") {
    throw unsupported("service_tier", `service_tier "${tier.slice(0, 64)}" is not supported`);
  }
  const modalities = z.array(z.string()).safeParse(body["modalities"]);
  if (modalities.success && modalities.data.some((modality) => modality !== "text")) {
    throw unsupported("modalities", "only text is supported");
  }
  const messages = z.array(Message).safeParse(body["messages"]);
  for (const [at, message] of (messages.data ?? []).entries()) refuseMessage(message, `messages.${at}`);
}

/** As much of a message as is looked at. */
const Message = z.object({
  role: z.unknown().optional(),
  content: z.unknown().optional(),
  tool_calls: z.unknown().optional(),
  function_call: z.unknown().optional(),
  audio: z.unknown().optional(),
});

function refuseMessage(message: z.infer<typeof Message>, path: string): void {
  if (message.role === "tool" || message.role === "function") {
    throw unsupported(`${path}.role`, `messages of role "${message.role}" are not supported`);
  }
  for (const key of ["tool_calls", "function_call", "audio"] as const) {
    if (message[key] != null) throw unsupported(`${path}.${key}`, `${key} is not supported`);
  }
  const parts = z.array(z.object({ type: z.string() })).safeParse(message.content);
  const part = parts.data?.findIndex(({ type }) => type !== "text") ?? -1;
  if (part < 0) return;
  const type = parts.data?.[part]?.type.slice(0, 64);
  throw unsupported(`${path}.content.${part}`, `content of type "${type}" is not supported, only text is`);
}

function refuseStreamOptions(body: Body): void {
  const options = z.object({ include_obfuscation: z.literal(true) }).safeParse(body["stream_options"]);
  if (options.success) throw unsupported("stream_options.include_obfuscation", "obfuscating a stream is not supported");
}

function unsupported(path: string, message: string): HttpError {
  const whole = `${message} by this model.`;
  return new HttpError(400, "unsupported_parameter", whole, [{ path, message: whole }]);
}
