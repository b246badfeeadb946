/** Conformance of chat: the real npm client against the real gateway and a real replica process, over sockets. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "./testing/refusal.ts";
import { type ServingHost, servingHost } from "./testing/serving_host.ts";
import { TINY_CHAT, TINY_CONTEXT } from "./testing/tiny_package.ts";

let serving: ServingHost;
let client: OpenAI;
beforeAll(async () => {
  serving = await servingHost();
  await serving.load(1, TINY_CHAT);
  await serving.load(2);
  await serving.route(1, 100);
  client = new OpenAI({ apiKey: serving.host.apiKey, baseURL: `${serving.server.url}/v1`, maxRetries: 0 });
});
afterAll(() => serving.close());

type Chat = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;

const ask = {
  model: "docs",
  messages: [
    { role: "developer", content: "say" },
    {
      role: "user",
      content: [
        { type: "text", text: "the " },
        { type: "text", text: "mill" },
      ],
    },
  ],
  max_completion_tokens: 12,
  seed: 7,
  logit_bias: { "0": -100 },
} satisfies Chat;
/** What the template makes of it. */
const PROMPT = "the system: say\nuser: the mill\nassistant:";

describe("chat.completions.create()", () => {
  test("chat.completions.create() answers as the model continues the rendered messages", async () => {
    const { data, response } = await client.chat.completions.create(ask).withResponse();
    const { max_completion_tokens: max_tokens, seed, logit_bias } = ask;
    const continued = await client.completions.create({ model: "docs", prompt: PROMPT, max_tokens, seed, logit_bias });
    expect(data).toEqual({
      id: expect.stringMatching(/^chatcmpl-/) as string,
      object: "chat.completion",
      created: expect.any(Number) as number,
      model: "docs@1",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: continued.choices[0]?.text, refusal: null },
          logprobs: null,
          finish_reason: "length",
        },
      ],
      usage: continued.usage,
    });
    expect(response.headers.get("x-millrace-version")).toBe("docs@1");
  });

  test("chat.completions.create() streams: the role first and once, one id, the reason to finish last, usage at wish", async () => {
    const whole = await client.chat.completions.create({ ...ask, n: 2 });
    const stream = await client.chat.completions.create({
      ...ask,
      n: 2,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    expect(new Set(chunks.map(({ id, object, model }) => `${id} ${object} ${model}`)).size).toBe(1);
    expect(chunks[0]).toMatchObject({ object: "chat.completion.chunk", model: "docs@1" });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    expect(chunks.slice(0, -1).every(({ usage, choices }) => usage === null && choices.length === 1)).toBe(true);
    for (const { index, message } of whole.choices) {
      const own = chunks.flatMap(({ choices }) => choices).filter((choice) => choice.index === index);
      expect(own[0]?.delta).toEqual({ role: "assistant", content: "", refusal: null });
      expect(own.slice(1).every(({ delta }) => !("role" in delta))).toBe(true);
      expect(own.map(({ delta }) => delta.content ?? "").join("")).toBe(message.content);
      expect(own.at(-1)).toMatchObject({ delta: {}, finish_reason: "length" });
      expect(own.slice(0, -1).every(({ finish_reason }) => finish_reason === null)).toBe(true);
    }
    const plain = await Array.fromAsync(await client.chat.completions.create({ ...ask, stream: true }));
    expect(plain.every((chunk) => !("usage" in chunk))).toBe(true);
  });

  test("chat.completions.create() lists log-probabilities with the bytes of each token, streamed or not", async () => {
    const wanted = { ...ask, logprobs: true, top_logprobs: 3 };
    const content = (await client.chat.completions.create(wanted)).choices[0]?.logprobs?.content ?? [];
    expect(content).toHaveLength(12);
    for (const { token, bytes, logprob, top_logprobs } of content) {
      expect(top_logprobs).toHaveLength(3);
      expect(logprob).toBeLessThanOrEqual(0);
      expect(bytes).toEqual(token.includes("\ufffd") ? null : [...Buffer.from(token)]);
    }
    const chunks = await Array.fromAsync(await client.chat.completions.create({ ...wanted, stream: true }));
    expect(chunks.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? [])).toEqual(content);
  });

  test("chat.completions.create() stops before a stop sequence, and goes to the end of the context without a limit", async () => {
    const [whole] = (await client.chat.completions.create(ask)).choices;
    const text = whole?.message.content ?? "";
    const stop = text.slice(5, 8);
    const [stopped] = (await client.chat.completions.create({ ...ask, stop: [stop] })).choices;
    expect(stopped).toMatchObject({ finish_reason: "stop", message: { content: text.slice(0, text.indexOf(stop)) } });
    const unbounded = { ...ask, max_completion_tokens: null };
    const { usage, choices } = await client.chat.completions.create(unbounded);
    expect(choices[0]?.finish_reason).toBe("length");
    expect(usage?.total_tokens).toBe(TINY_CONTEXT);
  });
});

test("chat.completions.stream() collects what create() gives", async () => {
  const wanted = await client.chat.completions.create({ ...ask, n: 2 });
  const runner = client.chat.completions.stream({ ...ask, n: 2, stream_options: { include_usage: true } });
  const { choices, usage } = await runner.finalChatCompletion();
  const pick = ({ index, finish_reason, message }: (typeof choices)[number] | (typeof wanted.choices)[number]) => ({
    index,
    finish_reason,
    content: message.content,
    role: message.role,
  });
  expect(choices.map(pick)).toEqual(wanted.choices.map(pick));
  expect(usage).toEqual(wanted.usage);
  const deltas: string[] = [];
  await client.chat.completions
    .stream(ask)
    .on("content", (delta) => deltas.push(delta))
    .done();
  expect(deltas.join("")).toBe(wanted.choices[0]?.message.content);
});

describe("refusals", () => {
  const tool = { type: "function", function: { name: "f", parameters: {} } };
  const json = { type: "json_schema", json_schema: { name: "s", schema: {} } };
  const image = [{ type: "image_url", image_url: { url: "data:," } }];
  test.each([
    [{ tools: [tool] }, "tools"],
    [{ tool_choice: "auto" }, "tool_choice"],
    [{ parallel_tool_calls: false }, "parallel_tool_calls"],
    [{ response_format: json }, "response_format"],
    [{ response_format: { type: "json_object" } }, "response_format"],
    [{ audio: { voice: "ash", format: "wav" } }, "audio"],
    [{ modalities: ["text", "audio"] }, "modalities"],
    [{ reasoning_effort: "low" }, "reasoning_effort"],
    [{ store: true }, "store"],
    [{ service_tier: "priority" }, "service_tier"],
    [{ prompt_cache_retention: "24h" }, "prompt_cache_retention"],
    [{ stream: true, stream_options: { include_obfuscation: true } }, "stream_options.include_obfuscation"],
    [{ messages: [{ role: "user", content: image }] }, "messages.0.content.0"],
    [{ messages: [{ role: "tool", content: "1", tool_call_id: "a" }] }, "messages.0.role"],
    [{ messages: [{ role: "assistant", content: null, tool_calls: [tool] }] }, "messages.0.tool_calls"],
  ])("chat.completions.create() refuses %j as not supported", async (change, param) => {
    const error = await refusal(client.chat.completions.create({ ...ask, ...change } as Chat));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: "unsupported_parameter", param, type: "invalid_request_error" });
  });

  test.each([
    [{ model: "other" }, { status: 404, code: "model_not_found", param: "model" }],
    [{ model: "docs@2" }, { status: 400, code: "model_not_chat", param: "model" }],
    [{ messages: [] }, { status: 400, code: "invalid_request", param: "messages" }],
    [{ max_completion_tokens: 0 }, { status: 400, code: "invalid_request", param: "max_completion_tokens" }],
    [{ max_completion_tokens: TINY_CONTEXT }, { status: 400, code: "context_length_exceeded", param: "messages" }],
    [{ max_tokens: 1 }, { status: 400, code: "invalid_request", param: "max_tokens" }],
    [{ top_logprobs: 2 }, { status: 400, code: "invalid_request", param: "top_logprobs" }],
    [{ surprise: 1 }, { status: 400, code: "invalid_request" }],
    [{ messages: [{ role: "assistant", content: "a" }] }, { status: 400, code: "invalid_request", param: "messages" }],
  ])("chat.completions.create() refuses %j with a typed error", async (change, wanted) => {
    expect(await refusal(client.chat.completions.create({ ...ask, ...change } as Chat))).toMatchObject(wanted);
  });

  test("a version without a chat template is pointed to /v1/completions, and a template's own words reach the client", async () => {
    const plain = await refusal(client.chat.completions.create({ ...ask, model: "docs@2" }));
    expect(plain.message).toContain("/v1/completions");
    const messages: Chat["messages"] = [{ role: "assistant", content: "a" }];
    expect((await refusal(client.chat.completions.create({ ...ask, messages }))).message).toContain("the user begins");
  });

  test("chat.completions.create() refuses messages beyond the context, streamed or not", async () => {
    const messages: Chat["messages"] = [{ role: "user", content: "?".repeat(TINY_CONTEXT) }];
    for (const stream of [false, true]) {
      const error = await refusal(client.chat.completions.create({ ...ask, messages, stream }));
      expect(error).toMatchObject({ status: 400, code: "context_length_exceeded", param: "messages" });
    }
  });
});
