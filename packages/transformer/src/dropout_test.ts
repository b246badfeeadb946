import { constant, input, onnxModel } from "@millrace/tensor";
import { integerFeed, runModel } from "@millrace/tensor/testing";
import { describe, expect, test } from "vitest";
import { randomDropout } from "./dropout.ts";
import { output } from "./testing/tiny_model.ts";

const RATE = 0.25;
const ROWS = 40;
const COLUMNS = 63;
const COUNT = ROWS * COLUMNS;

/** What two sites of one graph leave of ones, for a draw of (seed, step, leaf). */
async function masks(...draw: readonly [number, number, number]): Promise<readonly [Float64Array, Float64Array]> {
  const place = input("draw", "int32", [3]);
  const dropout = randomDropout({ embedding: 0, attention: RATE, residual: RATE }, place);
  const ones = constant(new Float32Array(COUNT).fill(1), [ROWS, COLUMNS]);
  const outputs = { first: dropout("residual", ones), second: dropout("attention", ones) };
  const results = await runModel(onnxModel({ name: "test", inputs: [place], outputs }), {
    draw: integerFeed("int32", draw, [3]),
  });
  return [output(results, "first").data, output(results, "second").data];
}

/** Correlation of which elements are kept. */
function correlation(a: Float64Array, b: Float64Array, shift = 0): number {
  const kept = (value: number | undefined): number => (value === 0 ? -(1 - RATE) : RATE);
  let sum = 0;
  for (let index = 0; index < COUNT - shift; index++) sum += kept(a[index]) * kept(b[index + shift]);
  return sum / (COUNT * RATE * (1 - RATE));
}

// Five standard errors of the mean of COUNT independent draws of deviation 1.
const ERROR = 5 / Math.sqrt(COUNT);

describe("randomDropout()", () => {
  test("randomDropout() drops the share it is given, and enlarges the others to keep the expected value", async () => {
    for (const mask of await masks(1, 2, 3)) {
      expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / (1 - RATE))]));
      const dropped = mask.filter((value) => value === 0).length / COUNT;
      expect(Math.abs(dropped - RATE)).toBeLessThan(ERROR * Math.sqrt(RATE * (1 - RATE)));
    }
  });

  test("randomDropout() depends on seed, step, leaf and site, each on its own, and on nothing else", async () => {
    const [mask, otherSite] = await masks(1, 2, 3);
    const others: readonly (readonly [number, number, number])[] = [
      [2, 2, 3],
      [1, 3, 3],
      [1, 2, 4],
      [-1, 2, 3],
      [2, 1, 3],
      [1, 3, 2],
    ];
    for (const draw of others) {
      const [other] = await masks(...draw);
      expect(Math.abs(correlation(mask, other)), String(draw)).toBeLessThan(ERROR);
    }
    expect(Math.abs(correlation(mask, otherSite))).toBeLessThan(ERROR);
    expect(Math.abs(correlation(mask, mask, 1))).toBeLessThan(ERROR);
    expect(Math.abs(correlation(mask, mask, COLUMNS))).toBeLessThan(ERROR);
    expect(await masks(1, 2, 3)).toEqual([mask, otherSite]);
  });

  test("randomDropout() leaves a place of rate 0 alone", () => {
    const x = input("x", "float32", [2]);
    const draw = input("draw", "int32", [3]);
    expect(randomDropout({ embedding: 0, attention: RATE, residual: RATE }, draw)("embedding", x)).toBe(x);
  });
});
