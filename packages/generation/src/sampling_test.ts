import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { logprobsOf } from "./logprobs.ts";
import { checkSamplingSettings, sampleToken, type SamplingSettings } from "./sampling.ts";
import { topIndices } from "./top_indices.ts";

const NONE: ReadonlyMap<number, number> = new Map();
const logitsOf = (...probabilities: number[]): Float32Array => Float32Array.from(probabilities, Math.log);

/** Share of each token over an even grid of random numbers. */
function shares(logits: Float32Array, settings: SamplingSettings, generated = NONE): number[] {
  const counts = Array.from(logits, () => 0);
  const draws = 10_000;
  for (let i = 0; i < draws; i++) {
    const token = sampleToken(logits, settings, generated, (i + 0.5) / draws);
    counts[token] = (counts[token] ?? 0) + 1 / draws;
  }
  return counts.map((share) => Math.round(share * 1000) / 1000);
}

test("sampleToken() draws tokens by their probabilities", () => {
  expect(shares(logitsOf(0.1, 0.6, 0.3), {})).toEqual([0.1, 0.6, 0.3]);
});

test("sampleToken() takes the most likely token, of equals the lowest id, when the temperature is 0", () => {
  expect(shares(logitsOf(0.1, 0.4, 0.4, 0.1), { temperature: 0 })).toEqual([0, 1, 0, 0]);
});

test("sampleToken() sharpens with a low temperature and flattens with a high one", () => {
  expect(shares(logitsOf(0.2, 0.8), { temperature: 0.5 })).toEqual([0.059, 0.941]);
  expect(shares(logitsOf(0.2, 0.8), { temperature: 2 })).toEqual([0.333, 0.667]);
});

test("sampleToken() keeps the fewest tokens that reach topP", () => {
  expect(shares(logitsOf(0.1, 0.2, 0.3, 0.4), { topP: 0.5 })).toEqual([0, 0, 0.429, 0.571]);
  expect(shares(logitsOf(0.1, 0.2, 0.3, 0.4), { topP: 0.3 })).toEqual([0, 0, 0, 1]);
});

test("sampleToken() takes the most likely token, of equals the lowest id, when topP is 0", () => {
  expect(shares(logitsOf(0.1, 0.4, 0.4, 0.1), { topP: 0 })).toEqual([0, 1, 0, 0]);
});

test("sampleToken() keeps the lower ids when equal tokens lie at the edge of a cut", () => {
  expect(shares(logitsOf(0.1, 0.3, 0.3, 0.3), { topP: 0.5 })).toEqual([0, 0.5, 0.5, 0]);
  expect(shares(logitsOf(0.1, 0.3, 0.3, 0.3), { topP: 0.25 })).toEqual([0, 1, 0, 0]);
});

test("sampleToken() bans a token with a bias of -100 and forces one with 100", () => {
  expect(shares(logitsOf(0.5, 0.5), { logitBias: new Map([[0, -100]]) })).toEqual([0, 1]);
  expect(shares(logitsOf(0.1, 0.9), { logitBias: new Map([[0, 100]]) })).toEqual([1, 0]);
});

test("sampleToken() takes penalties from tokens that were generated", () => {
  const generated = new Map([[0, 3]]);
  const settings = { temperature: 0, frequencyPenalty: 0.5, presencePenalty: 0.25 };
  expect(sampleToken(Float32Array.of(2, 0.2), settings, generated, 0)).toBe(0);
  expect(sampleToken(Float32Array.of(2, 0.3), settings, generated, 0)).toBe(1);
});

test("sampleToken() with topP equals the definition by a full sort", () => {
  const logit = fc.float({ min: -20, max: 20, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(logit, { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (values, topP, random) => {
        const logits = Float32Array.from(values);
        const weights = Array.from(logits, (value) => Math.exp(value - Math.max(...logits)));
        const sum = weights.reduce((a, b) => a + b, 0);
        const kept = new Set<number>();
        let reached = 0;
        for (const token of topIndices(weights, 1000)) {
          kept.add(token);
          reached += weights[token] ?? 0;
          if (reached >= topP * sum * (1 - 1e-12)) break;
        }
        const token = sampleToken(logits, { topP }, NONE, random);
        expect(kept.has(token)).toBe(true);
      },
    ),
  );
});

test("sampleToken() refuses the scores of a model that has diverged", () => {
  expect(() => sampleToken(Float32Array.of(0, Number.NaN), {}, NONE, 0)).toThrow("largest score is NaN");
});

test("logprobsOf() gives the model's own probabilities and the most likely tokens", () => {
  const { logprob, top } = logprobsOf(logitsOf(0.25, 0.5, 0.25), 2, 2);
  expect(Math.exp(logprob)).toBeCloseTo(0.25, 6);
  expect(top.map(({ token }) => token)).toEqual([1, 0]);
  expect(Math.exp(top[0]?.logprob ?? 0)).toBeCloseTo(0.5, 6);
});

test("topIndices() equals a stable full sort, for few and for many", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 200 }),
      fc.nat({ max: 100 }),
      (values, count) => {
        const sorted = values
          .map((value, index) => ({ value, index }))
          .sort((a, b) => b.value - a.value)
          .map(({ index }) => index);
        expect(topIndices(values, count)).toEqual(sorted.slice(0, count));
      },
    ),
  );
});

describe("checkSamplingSettings()", () => {
  const wrong: [SamplingSettings, string][] = [
    [{ temperature: -1 }, "temperature: expected a number from 0 to 100, found -1"],
    [{ temperature: Number.NaN }, "temperature"],
    [{ topP: -0.1 }, "topP: expected a number from 0 to 1, found -0.1"],
    [{ frequencyPenalty: 3 }, "frequencyPenalty"],
    [{ presencePenalty: -3 }, "presencePenalty"],
    [{ logitBias: new Map([[10, 1]]) }, "logitBias: expected token ids from 0 to 9, found 10"],
    [{ logitBias: new Map([[1, 101]]) }, "logitBias of token 1"],
  ];
  test.each(wrong)("throws for %j", (settings, message) => {
    expect(() => checkSamplingSettings(settings, 10)).toThrow(message);
  });
});
