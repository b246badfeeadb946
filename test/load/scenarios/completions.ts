import assert from "node:assert/strict";
import OpenAI from "openai";
import type { Sample, Scenario, Target } from "../scenario.ts";
import { streamCompletion } from "../stream_completion.ts";

const TOKENS = 20;
const SEEDS = 8;

const bodyOf = ({ model }: Target, seed: number) => ({ model, prompt: "The mill", max_tokens: TOKENS, seed });

/** What each seed gives, asked one after another. */
async function wantedOf(target: Target): Promise<string[]> {
  const wanted: string[] = [];
  for (let seed = 0; seed < SEEDS; seed++) {
    const { status, text } = await streamCompletion(target, bodyOf(target, seed));
    assert.equal(status, 200, "a completion without load was refused");
    wanted.push(text);
  }
  return wanted;
}

/** Streams; each third is read by OpenAI's client instead, which measures the same in its own way. */
export const completions: Scenario = {
  name: "completions",
  what: `streamed completions of ${TOKENS} tokens; each third by the openai client, as a check of the figures`,
  ratePerSecond: 8,
  limits: [
    { measure: "first token", share: 0.95, atMostMs: 2000 },
    { measure: "per token", share: 0.95, atMostMs: 500 },
    { measure: "first token, openai", share: 0.95, atMostMs: 2000 },
    { measure: "per token, openai", share: 0.95, atMostMs: 500 },
  ],
  agreeing: [
    ["first token", "first token, openai"],
    ["per token", "per token, openai"],
  ],
  async prepare(target) {
    const wanted = await wantedOf(target);
    const client = new OpenAI({ apiKey: target.apiKey, baseURL: `${target.address}/v1`, maxRetries: 0 });

    async function byOpenai(seed: number): Promise<Sample> {
      const start = performance.now();
      const options = { stream: true, stream_options: { include_usage: true } } as const;
      const stream = await client.completions.create({ ...bodyOf(target, seed), ...options });
      let [text, firstAt, lastAt, tokens] = ["", Number.NaN, Number.NaN, 0];
      for await (const { choices, usage } of stream) {
        tokens = usage?.completion_tokens ?? tokens;
        if (choices.length === 0) continue;
        lastAt = performance.now();
        if (Number.isNaN(firstAt)) firstAt = lastAt;
        text += choices[0]?.text ?? "";
      }
      assert.equal(text, wanted[seed], "a completion is another one under load");
      return { "first token, openai": firstAt - start, "per token, openai": (lastAt - firstAt) / (tokens - 1) };
    }

    return async (index) => {
      const seed = index % SEEDS;
      if (index % 3 === 2) return byOpenai(seed);
      const { status, text, completionTokens, headersMs, perTokenMs } = await streamCompletion(
        target,
        bodyOf(target, seed),
      );
      assert.equal(status, 200, "a completion was refused");
      assert.equal(text, wanted[seed], "a completion is another one under load");
      assert(completionTokens > 1 && completionTokens <= TOKENS, "the usage chunk counts otherwise");
      return { "first token": headersMs, "per token": perTokenMs };
    };
  },
};

/** More than the replicas do and the queue takes. */
export const overload: Scenario = {
  name: "overload",
  what: "more completions than can be answered: each answer is right, or 429 with Retry-After",
  ratePerSecond: 150,
  limits: [{ measure: "first token", share: 0.5, atMostMs: 10_000 }],
  async prepare(target) {
    const wanted = await wantedOf(target);
    return async (index) => {
      const seed = index % SEEDS;
      const { status, text, code, headersMs, retryAfter } = await streamCompletion(target, bodyOf(target, seed));
      if (status === 429) {
        assert.deepEqual({ code, retryAfter }, { code: "queue_full", retryAfter: "1" });
        return { shed: headersMs };
      }
      assert.equal(status, 200, `a completion was answered ${status} ${code}`);
      assert.equal(text, wanted[seed], "a completion is another one under load");
      return { "first token": headersMs };
    };
  },
};
