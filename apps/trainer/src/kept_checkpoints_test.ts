import fc from "fast-check";
import { expect, test } from "vitest";
import { keptCheckpoints } from "./kept_checkpoints.ts";

const losses = (...values: readonly [number, number][]) => values.map(([step, loss]) => ({ step, loss }));

test("keptCheckpoints() keeps the newest two and the best", () => {
  const validations = losses([10, 3], [20, 2], [30, 2.5], [40, 2.4]);
  expect(keptCheckpoints([10, 20, 30, 40], validations)).toEqual([20, 30, 40]);
  expect(keptCheckpoints([30, 40, 20], validations)).toEqual([20, 30, 40]);
  expect(keptCheckpoints([20, 40], validations)).toEqual([20, 40]);
});

test("keptCheckpoints() takes the best of those that there are, the earlier of two alike", () => {
  expect(keptCheckpoints([10, 20, 30, 40], losses([15, 1], [10, 3], [20, 3], [30, 4]))).toEqual([10, 30, 40]);
  expect(keptCheckpoints([10, 20, 30], [])).toEqual([20, 30]);
  expect(keptCheckpoints([10], [])).toEqual([10]);
  expect(keptCheckpoints([10, 20, 30], losses([10, Number.NaN]))).toEqual([20, 30]);
});

test("keptCheckpoints() never drops what it will want later: the result of pruning at every step is that of never pruning", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 40 }), (values) => {
      const validations = values.map((loss, at) => ({ step: at + 1, loss }));
      let steps: number[] = [];
      for (const { step } of validations) steps = keptCheckpoints([...steps, step], validations.slice(0, step));
      const all = validations.map(({ step }) => step);
      expect(steps).toEqual(keptCheckpoints(all, validations));
      expect(steps.length).toBeLessThanOrEqual(3);
    }),
  );
});
