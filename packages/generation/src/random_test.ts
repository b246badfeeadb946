import { expect, test } from "vitest";
import { uniform } from "./random.ts";

function draws(seed: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => uniform(seed, index));
}

test("uniform() gives the same number for the same seed and index", () => {
  expect(uniform(7, 3)).toBe(uniform(7, 3));
  expect([uniform(0, 0), uniform(1, 0), uniform(2 ** 40, 5)]).toMatchInlineSnapshot(`
    [
      0.6650139916888818,
      0.35471323993521586,
      0.5348786101912957,
    ]
  `);
});

test("uniform() fills [0, 1) evenly, and neighbours in seed or index are not correlated", () => {
  const count = 20_000;
  for (const seed of [0, 1, -1, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
    const values = draws(seed, count);
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const serial = values.reduce((sum, value, i) => sum + (value - 0.5) * ((values[i + 1] ?? 0.5) - 0.5), 0) / count;
    // Five standard errors.
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / count));
    expect(Math.abs(serial)).toBeLessThan((5 * (1 / 12)) / Math.sqrt(count));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  }
  const acrossSeeds = Array.from({ length: count }, (_, seed) => uniform(seed, 0));
  const mean = acrossSeeds.reduce((sum, value) => sum + value, 0) / count;
  expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / count));
});
