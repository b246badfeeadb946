/** Conformance: the real npm client against the real gateway and a real replica process, over sockets. */
import { NO_LIMITS, type ProjectLimits } from "@millrace/contracts";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "./testing/refusal.ts";
import { type ServingHost, servingHost } from "./testing/serving_host.ts";
import { TINY_CONTEXT } from "./testing/tiny_package.ts";

let serving: ServingHost;
let client: OpenAI;
/** Of the project, as the registry says. */
let limits: ProjectLimits = NO_LIMITS;
beforeAll(async () => {
  serving = await servingHost(1, undefined, async () => limits);
  await serving.load(1);
  await serving.route(1, 100);
  client = new OpenAI({ apiKey: serving.host.apiKey, baseURL: `${serving.server.url}/v1`, maxRetries: 0 });
});
afterAll(() => serving.close());

const NO_END = { "0": -100 };
const ask = { model: "docs", prompt: "the mill", max_tokens: 12, seed: 7, logit_bias: NO_END };

/** Past the client. */
function send(body: string | Uint8Array, type: string | null = "application/json", path = "completions") {
  const headers: Record<string, string> = type === null ? {} : { "content-type": type };
  return serving.host.request("inference", `/v1/${path}`, { method: "POST", body: body as BodyInit, headers });
}

const told = async (body: string): Promise<string> => {
  const response = await send(body);
  return ((await response.json()) as { error: { message: string } }).error.message;
};
/** A request whose prompt is this JSON. */
const prompting = (text: string): string => `{"model":"docs","max_tokens":1,"prompt":${text}}`;

test("models.list() names the routed model and its version; models.retrieve() finds each", async () => {
  const { data } = await client.models.list();
  expect(data.map(({ id }) => id)).toEqual(["docs", "docs@1"]);
  expect(await client.models.retrieve("docs@1")).toMatchObject({ id: "docs@1", object: "model", owned_by: "default" });
  expect(await client.models.retrieve("docs@live")).toMatchObject({ id: "docs@live", object: "model" });
  expect(await refusal(client.models.retrieve("docs@nobodys"))).toMatchObject({ code: "model_not_found" });
  const error = await refusal(client.models.retrieve("nothing"));
  expect(error).toMatchObject({ status: 404, code: "model_not_found", param: "model" });
});

describe("completions.create()", () => {
  test("completions.create() gives one choice with usage, the same for the same seed and another for another", async () => {
    const first = await client.completions.create(ask);
    expect(first).toMatchObject({ object: "text_completion", model: "docs@1" });
    expect(first.id).toMatch(/^cmpl-/);
    expect(first.choices).toMatchObject([{ index: 0, finish_reason: "length", logprobs: null }]);
    expect(first.usage?.completion_tokens).toBe(12);
    expect(first.usage?.total_tokens).toBe(12 + (first.usage?.prompt_tokens ?? 0));
    const second = await client.completions.create({ ...ask, model: "docs@1" });
    expect(second.choices).toEqual(first.choices);
    expect(second.id).not.toBe(first.id);
    const third = await client.completions.create({ ...ask, seed: 8 });
    expect(third.choices[0]?.text).not.toBe(first.choices[0]?.text);
  });

  test("completions.create() streams the same text in chunks of one id, the reason to finish last", async () => {
    const whole = await client.completions.create(ask);
    const chunks = await Array.fromAsync(await client.completions.create({ ...ask, stream: true }));
    expect(chunks.map(({ choices }) => choices[0]?.text ?? "").join("")).toBe(whole.choices[0]?.text);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    const reasons = chunks.map(({ choices }) => choices[0]?.finish_reason);
    expect(reasons.at(-1)).toBe("length");
    expect(reasons.slice(0, -1).every((reason) => reason === null)).toBe(true);
    expect(chunks.every((chunk) => !("usage" in chunk))).toBe(true);
  });

  test("completions.create() ends a stream with one chunk of usage when asked to", async () => {
    const whole = await client.completions.create({ ...ask, n: 2 });
    const stream = await client.completions.create({
      ...ask,
      n: 2,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    for (const { index, text } of whole.choices) {
      const own = chunks.flatMap(({ choices }) => choices).filter((choice) => choice.index === index);
      expect(own.map((choice) => choice.text).join("")).toBe(text);
    }
  });

  test("completions.create() answers many prompts, n times each, in order, and echoes them", async () => {
    const { choices, usage } = await client.completions.create({ ...ask, prompt: ["the", "wheel"], n: 2, echo: true });
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(choices.map(({ text }) => text.startsWith("the"))).toEqual([true, true, false, false]);
    expect(choices.slice(2).every(({ text }) => text.startsWith("wheel"))).toBe(true);
    expect(usage?.completion_tokens).toBe(48);
    expect(new Set(choices.map(({ text }) => text)).size).toBe(4);
  });

  test("completions.create() takes token ids, one list or many", async () => {
    const one = await client.completions.create({ ...ask, prompt: [260, 261] });
    expect(one.usage?.prompt_tokens).toBe(2);
    const many = await client.completions.create({ ...ask, prompt: [[260, 261], [262]] });
    expect(many.choices).toHaveLength(2);
    expect(many.choices[0]?.text).toBe(one.choices[0]?.text);
  });

  test("completions.create() stops before a stop sequence", async () => {
    const [whole] = (await client.completions.create({ ...ask, max_tokens: 30 })).choices;
    const stop = whole?.text.slice(5, 8) ?? "";
    const [stopped] = (await client.completions.create({ ...ask, max_tokens: 30, stop })).choices;
    expect(stopped).toMatchObject({ finish_reason: "stop", text: whole?.text.slice(0, whole.text.indexOf(stop)) });
  });

  test("completions.create() lists log-probabilities that say where each token stands", async () => {
    const [choice] = (await client.completions.create({ ...ask, logprobs: 3 })).choices;
    const { tokens, token_logprobs, top_logprobs, text_offset } = choice?.logprobs ?? {};
    expect([tokens, token_logprobs, top_logprobs, text_offset].map((list) => list?.length)).toEqual([12, 12, 12, 12]);
    expect(token_logprobs?.every((logprob) => logprob <= 0)).toBe(true);
    expect(text_offset?.[0]).toBe(0);
    // The likeliest three, and the one that was drawn where it is none of them.
    for (const [at, top] of (top_logprobs ?? []).entries()) {
      expect(top[tokens?.[at] ?? ""]).toBe(token_logprobs?.[at]);
      expect(Object.keys(top).length).toBeLessThanOrEqual(4);
    }
  });

  test("completions.create() scores a prompt: echo with log-probabilities, text or ids, streamed or not", async () => {
    const scoring = { ...ask, echo: true, logprobs: 2, max_tokens: 0 };
    const whole = await client.completions.create(scoring);
    const [choice] = whole.choices;
    const { tokens = [], token_logprobs = [], top_logprobs = [], text_offset = [] } = choice?.logprobs ?? {};
    expect(choice).toMatchObject({ text: "the mill", finish_reason: "length" });
    expect(whole.usage).toEqual({
      prompt_tokens: tokens.length,
      completion_tokens: 0,
      total_tokens: tokens.length,
    });
    expect([token_logprobs[0], top_logprobs[0]]).toEqual([null, null]);
    expect(token_logprobs.slice(1).every((logprob) => logprob < 0)).toBe(true);
    expect(
      top_logprobs
        .slice(1)
        .every((top, at) => Object.hasOwn(top, tokens[at + 1] ?? "") && Object.keys(top).length <= 3),
    ).toBe(true);
    expect(tokens.map((token, at) => "the mill".startsWith(token, text_offset[at]))).toEqual(tokens.map(() => true));
    const chunks = await Array.fromAsync(await client.completions.create({ ...scoring, stream: true }));
    expect(chunks.flatMap(({ choices }) => choices[0]?.logprobs?.token_logprobs ?? [])).toEqual(token_logprobs);
    expect(chunks.flatMap(({ choices }) => choices[0]?.logprobs?.text_offset ?? [])).toEqual(text_offset);
    // What is generated scores the same when it is read.
    const generated = await client.completions.create({ ...ask, prompt: [260, 261], echo: true, logprobs: 0 });
    const text = generated.choices[0]?.text ?? "";
    expect(generated.choices[0]?.logprobs?.tokens).toHaveLength(14);
    expect(generated.usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 12 });
    const { choices } = await client.completions.create({ ...ask, prompt: [260, 261], echo: true });
    expect(choices[0]?.text).toBe(text);
  });

  test("completions.create() generates nothing where max_tokens is 0, and counts the prompt", async () => {
    const nothing = { ...ask, max_tokens: 0 };
    const { choices, usage } = await client.completions.create(nothing);
    expect(choices).toEqual([{ index: 0, text: "", logprobs: null, finish_reason: "length" }]);
    expect(usage?.completion_tokens).toBe(0);
    expect(usage?.prompt_tokens).toBe((await client.completions.create(ask)).usage?.prompt_tokens);
    const chunks = await Array.fromAsync(await client.completions.create({ ...nothing, stream: true }));
    expect(chunks.map(({ choices: [choice] }) => choice?.finish_reason)).toEqual(["length"]);
  });

  test("completions.create() takes all that OpenAI takes of top_p, seed and prompt", async () => {
    const greedy = await client.completions.create({ ...ask, temperature: 0 });
    expect((await client.completions.create({ ...ask, top_p: 0 })).choices).toEqual(greedy.choices);
    const seeds = [2 ** 63, -(2 ** 63), 2 ** 53 + 2].map((seed) => ({ ...ask, seed }));
    for (const wide of seeds) expect((await client.completions.create(wide)).choices).toHaveLength(1);
    const begun = await client.completions.create({ ...ask, prompt: "" });
    expect((await client.completions.create({ ...ask, prompt: null })).choices).toEqual(begun.choices);
  });

  test("completions.create() fills the context: what is asked for has to fit, what is not asked for is cut", async () => {
    const prompt = Array.from({ length: TINY_CONTEXT - 4 }, () => 260);
    const full = await client.completions.create({ ...ask, prompt, max_tokens: 4 });
    expect(full.usage?.total_tokens).toBe(TINY_CONTEXT);
    const { max_tokens: _, ...unlimited } = ask;
    const cut = await client.completions.create({ ...unlimited, prompt });
    expect(cut.choices).toEqual(full.choices);
    expect((await client.completions.create(unlimited)).usage?.completion_tokens).toBe(16);
  });

  test("completions.create() biases and penalises tokens", async () => {
    const forced = await client.completions.create({ ...ask, logit_bias: { "260": 100 }, max_tokens: 3 });
    const [choice] = forced.choices;
    expect(choice?.text).toBe((choice?.text.slice(0, (choice.text.length ?? 0) / 3) ?? "").repeat(3));
    const penalised = { ...ask, temperature: 0, frequency_penalty: 2, presence_penalty: 2, max_tokens: 30 };
    const greedy = await client.completions.create({ ...penalised, frequency_penalty: 0, presence_penalty: 0 });
    expect((await client.completions.create(penalised)).choices[0]?.text).not.toBe(greedy.choices[0]?.text);
  });
});

describe("errors", () => {
  test.each([
    [{ model: "other" }, { status: 404, code: "model_not_found", param: "model" }],
    [{ model: "docs@9" }, { status: 404, code: "model_not_found" }],
    [{ max_tokens: -1 }, { status: 400, code: "invalid_request", param: "max_tokens" }],
    [{ top_p: -0.1 }, { status: 400, code: "invalid_request", param: "top_p" }],
    [{ seed: 1.5 }, { status: 400, code: "invalid_request", param: "seed" }],
    [{ suffix: "end" }, { status: 400, code: "unsupported_parameter", param: "suffix" }],
    [
      { stream: true, stream_options: { include_obfuscation: true } },
      { status: 400, code: "unsupported_parameter", param: "stream_options.include_obfuscation" },
    ],
    [{ prompt: [1000] }, { status: 400, code: "invalid_request", param: "prompt" }],
    [{ logit_bias: { "1000": 1 } }, { status: 400, code: "invalid_request", param: "logit_bias" }],
    [{ best_of: 3 }, { status: 400, code: "unsupported_parameter", param: "best_of" }],
    [
      { n: 2, best_of: 1 },
      { status: 400, code: "invalid_request", param: "best_of" },
    ],
    [
      { n: 60, prompt: ["a", "b"] },
      { status: 400, code: "invalid_request", param: "prompt" },
    ],
    [{ surprise: 1 }, { status: 400, code: "invalid_request", param: "surprise" }],
    [{ prompt: [] }, { status: 400, code: "invalid_request", param: "prompt" }],
  ])("completions.create() refuses %j with a typed error", async (change, wanted) => {
    expect(await refusal(client.completions.create({ ...ask, ...change }))).toMatchObject(wanted);
  });

  test.each([
    ["a prompt beyond the context", TINY_CONTEXT + 1, null],
    ["a prompt that leaves no room", TINY_CONTEXT, null],
    ["max_tokens beyond what is left of the context", TINY_CONTEXT - 4, 5],
  ])("completions.create() refuses %s, streamed or not, before any header of an answer", async (_, length, most) => {
    const prompt = Array.from({ length }, () => 260);
    for (const stream of [false, true]) {
      const error = await refusal(client.completions.create({ ...ask, prompt, max_tokens: most, stream }));
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ code: "context_length_exceeded", param: "prompt", type: "invalid_request_error" });
      expect(error.message).toContain(`context length is ${TINY_CONTEXT} tokens`);
      expect(error.message).toContain(`${length} of the prompt and ${most ?? 1} to generate`);
    }
  });

  test.each([
    ["too many bytes", "a".repeat(1_100_000), { status: 413 }],
    ["numbers that grow when they are written out", `[${"1e9,".repeat(240_000)}1]`, { status: 400 }],
  ])("a request of %s is refused, and the replica goes on", async (_, prompt, wanted) => {
    const body = `{"model":"docs","prompt":${prompt.startsWith("[") ? prompt : JSON.stringify(prompt)}}`;
    // Without a socket, which the server closes when it has not read all of a request.
    const response = await send(body);
    expect({ status: response.status }).toEqual(wanted);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
    await client.completions.create(ask);
    expect(serving.pids(1)).toHaveLength(1);
  });

  test("what is at fault is named: the method with those there are, the key of a body, the place in it", async () => {
    const got = await serving.host.request("inference", "/v1/completions");
    expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await got.json()).toMatchObject({ error: { code: "method_not_allowed", param: null } });
    // The answer to HEAD has no body that could be put into another form.
    const head = await serving.host.request("inference", "/v1/completions", { method: "HEAD" });
    expect([head.status, head.headers.get("allow"), await head.text()]).toEqual([405, "POST", ""]);
    expect(await told('{"model":"docs"}')).toBe(
      "prompt: expected text, token ids, or a list of either that is not empty, found nothing",
    );
    expect(await told('{"model":"docs","prompt":"a","stop":""}')).toBe('stop: expected at least 1 character, found ""');
    expect(await told('{"model":"docs","prompt":"a","n":1000}')).toBe("n: expected at most 64, found 1000");
    expect(await told('{"model":"docs","prompt":["a","b"],"n":40}')).toBe(
      'prompt: expected at most 64 completions in all, not 40 of each of 2 prompts, found ["a","b"]',
    );
    expect(await told('{"model":"docs","prompt":"a","tempreature":1}')).toContain('did you mean "temperature"?');
    expect(await told("{'model':'docs'}")).toMatch(/wanted JSON, found 16 characters of something else: .*position 1 /);
  });

  test.each(["completions", "chat/completions"])("/v1/%s takes nothing but JSON that says it is", async (path) => {
    const body = JSON.stringify({ ...ask, messages: [] });
    for (const type of ["text/plain", "application/x-www-form-urlencoded", null]) {
      const response = await send(new TextEncoder().encode(body), type, path);
      expect(response.status).toBe(415);
      expect(await response.json()).toMatchObject({
        error: { type: "invalid_request_error", code: "unsupported_media_type", param: null },
      });
    }
    const packed = await serving.host.request("inference", `/v1/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body,
    });
    expect([packed.status, await packed.text()]).toEqual([
      415,
      expect.stringContaining('content-encoding: found \\"gzip'),
    ]);
    const told = await send(JSON.stringify({ ...ask, surprise: 1 }), "Application/JSON ; charset=utf-8", path);
    expect(told.status).toBe(400);
  });

  test("a prompt that is not whole characters is refused, not changed", async () => {
    for (const text of [String.raw`"a\ud800"`, String.raw`["a","\uDE00b"]`]) {
      const response = await send(prompting(text));
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { error: { type: "invalid_request_error", param: "prompt", code: "invalid_request" } },
      ]);
    }
    expect((await send(prompting(String.raw`"\ud83d\ude00 \\ud800"`))).status).toBe(200);
    const bytes = new TextEncoder().encode(prompting('"a?"'));
    bytes[bytes.indexOf(0x3f)] = 0xff;
    const response = await send(bytes);
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: null } }]);
  });

  test("the client gets an AuthenticationError for a key that is not known", async () => {
    const stranger = new OpenAI({ apiKey: "mr_unknown", baseURL: `${serving.server.url}/v1`, maxRetries: 0 });
    const error = await refusal(stranger.models.list());
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error.code).toBe("invalid_api_key");
  });
});

test("a project that has used its tokens of the last minute is asked to wait, streaming or not", async () => {
  limits = { ...NO_LIMITS, tokensPerMinute: 10 };
  await client.completions.create(ask).catch(() => undefined);
  for (const stream of [false, true]) {
    const error = await refusal(client.completions.create({ ...ask, stream }));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ status: 429, code: "rate_limit_exceeded", type: "rate_limit_error" });
    expect(Number(error.headers?.get("retry-after"))).toBeGreaterThan(0);
    expect(error.message).toContain("project default has used its 10 tokens of the last minute");
  }
  // Services that try a version out are not held back by what users have used.
  const tried = await serving.host.ports.peers.fetch(
    "inference",
    new Request("http://inference/v1/completions", {
      method: "POST",
      body: JSON.stringify(ask),
      headers: { "content-type": "application/json" },
    }),
  );
  expect(tried.status).toBe(200);
  limits = NO_LIMITS;
  expect((await client.completions.create(ask)).usage?.completion_tokens).toBe(12);
});
