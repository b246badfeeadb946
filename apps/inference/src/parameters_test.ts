/** No parameter of OpenAI's client is forgotten: each is taken or refused by name, and the guide says which. */
import { readFile } from "node:fs/promises";
import { HttpError } from "@millrace/service";
import type OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { ChatRequest } from "./chat_request.ts";
import { CompletionRequest } from "./completion_request.ts";
import { refuseUnsupportedChat, refuseUnsupportedCompletion } from "./unsupported_parameters.ts";

/** A value that is taken, or one that is refused. The compiler wants one for every parameter that the client knows. */
type Parameter = { readonly taken: unknown } | { readonly refused: unknown };
type Parameters<Params> = Readonly<Record<keyof Params, Parameter>>;

const SAMPLING = {
  model: { taken: "docs" },
  max_tokens: { taken: 4 },
  temperature: { taken: 2 },
  top_p: { taken: 0 },
  n: { taken: 2 },
  stop: { taken: [".", "\n"] },
  seed: { taken: -7 },
  stream: { taken: true },
  stream_options: { taken: { include_usage: true, include_obfuscation: false } },
  logit_bias: { taken: { "5": -100 } },
  presence_penalty: { taken: -2 },
  frequency_penalty: { taken: 2 },
  user: { taken: "u-1" },
} as const;

const COMPLETIONS: Parameters<OpenAI.CompletionCreateParams> = {
  ...SAMPLING,
  prompt: { taken: ["a", "b"] },
  best_of: { taken: 2 },
  logprobs: { taken: 5 },
  echo: { taken: true },
  suffix: { refused: "end" },
};

const CHAT: Parameters<OpenAI.Chat.ChatCompletionCreateParams> = {
  ...SAMPLING,
  messages: { taken: [{ role: "user", content: "hi" }] },
  max_completion_tokens: { taken: 4 },
  logprobs: { taken: true },
  top_logprobs: { taken: 20 },
  safety_identifier: { taken: "s-1" },
  prompt_cache_key: { taken: "k-1" },
  response_format: { taken: { type: "text" } },
  modalities: { taken: ["text"] },
  store: { taken: false },
  service_tier: { taken: "default" },
  tools: { refused: [{ type: "function", function: { name: "f" } }] },
  tool_choice: { refused: "auto" },
  parallel_tool_calls: { refused: false },
  functions: { refused: [{ name: "f" }] },
  function_call: { refused: "auto" },
  audio: { refused: { voice: "ash", format: "wav" } },
  metadata: { refused: { a: "b" } },
  moderation: { refused: { model: "m" } },
  prediction: { refused: { type: "content", content: "a" } },
  prompt_cache_options: { refused: { mode: "explicit" } },
  prompt_cache_retention: { refused: "24h" },
  reasoning_effort: { refused: "low" },
  verbosity: { refused: "low" },
  web_search_options: { refused: {} },
};

/** Rows of the guide's table that have something in a column. */
async function columnOf(column: 1 | 2): Promise<Map<string, string>> {
  const text = await readFile(new URL("../../../docs/guides/endpoint.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` \|(.*)\|(.*)\|$/gm)];
  return new Map(rows.map((row) => [row[1] ?? "", (row[column + 1] ?? "").trim()] as const).filter(([, is]) => is));
}

const ENDPOINTS = [
  {
    name: "completions",
    column: 1,
    parameters: COMPLETIONS,
    refuse: refuseUnsupportedCompletion,
    schema: CompletionRequest,
  },
  { name: "chat", column: 2, parameters: CHAT, refuse: refuseUnsupportedChat, schema: ChatRequest },
] as const;

describe.each(ENDPOINTS)("parameters of $name", ({ column, parameters, refuse, schema }) => {
  const all: readonly (readonly [string, Parameter])[] = Object.entries(parameters);
  const taken = all.flatMap(([key, is]) => ("taken" in is ? [[key, is.taken] as const] : []));
  const refused = all.flatMap(([key, is]) => ("refused" in is ? [[key, is.refused] as const] : []));

  test("those that are taken are taken all at once", () => {
    // OpenAI wants one of these two.
    const body = Object.fromEntries(taken.filter(([key]) => key !== "max_completion_tokens"));
    refuse(body);
    expect(schema.safeParse(body).error?.issues).toBeUndefined();
  });

  test.each(refused)("%s is refused by name", (key, value) => {
    let found: unknown;
    try {
      refuse({ [key]: value });
    } catch (error) {
      found = error;
    }
    expect(found).toBeInstanceOf(HttpError);
    expect(found).toMatchObject({ status: 400, code: "unsupported_parameter", problems: [{ path: key }] });
  });

  test("the guide says of each which it is", async () => {
    const told = await columnOf(column);
    expect([...told.keys()].toSorted()).toEqual(all.map(([key]) => key).toSorted());
    const toldRefused = [...told].filter(([, is]) => is === "refused").map(([key]) => key);
    expect(toldRefused.toSorted()).toEqual(refused.map(([key]) => key).toSorted());
  });
});
