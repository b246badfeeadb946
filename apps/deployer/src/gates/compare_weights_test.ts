import { expect, test } from "vitest";
import { compareWeights, natsOf } from "./compare_weights.ts";
import { judgeBitsPerByte, judgeRounding } from "./judge.ts";
import { bestToken, divergence, logSumExp } from "./row_scores.ts";
import type { Scorer } from "./scorer.ts";

/** Predicts by a table: row t of what follows token t. */
function table(rows: readonly (readonly number[])[]): Scorer {
  const width = rows[0]?.length ?? 0;
  return {
    vocabularySize: width,
    score: async (window) => Float32Array.from(Array.from(window, (token) => rows[token] ?? []).flat()),
    close: async () => {},
  };
}

const half = [Math.log(0.5), Math.log(0.25), Math.log(0.25)];
const even = [0, 0, 0];
const pause = async (): Promise<void> => {};

function apart(p: Float32Array, q: Float32Array): number {
  return divergence(p, q, logSumExp(p), logSumExp(q));
}

test("divergence() is what coding by the other costs more, and zero only for equal predictions", () => {
  const wanted = 0.5 * Math.log(0.5 * 3) + 0.5 * Math.log(0.25 * 3);
  expect(apart(Float32Array.from(half), Float32Array.from(even))).toBeCloseTo(wanted, 6);
  expect(apart(Float32Array.from(half), Float32Array.from(half.map((score) => score + 100)))).toBeCloseTo(0, 5);
});

test("logSumExp() does not overflow and bestToken() takes the first of equals", () => {
  expect(logSumExp(Float32Array.of(1000, 1000))).toBeCloseTo(1000 + Math.LN2, 6);
  expect(bestToken(Float32Array.of(1, 3, 3))).toBe(1);
});

test("natsOf() predicts every token of every document once, the first from the end-of-text token", async () => {
  // Documents 1 2 1 and 2, in windows of two: five predictions, of which token 0 is never one.
  const tokens = Uint16Array.of(0, 1, 2, 1, 0, 2);
  expect(await natsOf(table([even, even, even]), tokens, 0, 2, pause)).toBeCloseTo(4 * Math.log(3), 6);
});

test("compareWeights() counts places, nats by both, divergence and agreement", async () => {
  const full = table([half, half, half]);
  const rounded = table([[0, 1, 0], half, half]);
  const result = await compareWeights(full, rounded, Uint16Array.of(0, 1, 1), 0, 8, pause);
  expect(result.tokens).toBe(2);
  expect(result.agreement).toBe(0.5);
  expect(result.fullNats).toBeCloseTo(2 * Math.log(4), 6);
  expect(result.roundedNats).toBeCloseTo(Math.log(2 + Math.E) - 1 + Math.log(4), 6);
  expect(result.divergence).toBeGreaterThan(0);
});

test("judgeBitsPerByte() takes the stricter of both limits and never passes what is no number", () => {
  const live = { name: "docs@1", bitsPerByte: 2 };
  const judge = (bitsPerByte: number, limit?: number) =>
    judgeBitsPerByte({ name: "docs@2", bitsPerByte }, live, limit, "a text");
  expect(judge(2.03)).toMatchObject({ state: "passed", limit: 2.04 });
  expect(judge(2.05)).toMatchObject({ state: "failed" });
  expect(judge(2.03, 1.9)).toMatchObject({ state: "failed", limit: 1.9 });
  expect(judge(NaN)).toMatchObject({ state: "failed", value: null });
  expect(judgeBitsPerByte({ name: "docs@1", bitsPerByte: 9 }, undefined, undefined, "a text").state).toBe("passed");
});

test.each([
  ["divergence", { divergence: 0.03 }, "quantised_divergence"],
  ["agreement", { agreement: 0.9 }, "quantised_agreement"],
  ["a rise in bits", { roundedNats: 1020 }, "quantised_bits"],
  ["no number", { divergence: NaN, agreement: NaN, roundedNats: NaN }, undefined],
])("judgeRounding() fails for %s alone", (_, change, name) => {
  const good = { tokens: 500, fullNats: 1000, roundedNats: 1001, divergence: 0.001, agreement: 0.99 };
  expect(judgeRounding(good).every(({ state }) => state === "passed")).toBe(true);
  const failed = judgeRounding({ ...good, ...change }).filter(({ state }) => state === "failed");
  expect(failed.map((gate) => gate.name)).toEqual(name === undefined ? judgeRounding(good).map((g) => g.name) : [name]);
});
