import fc from "fast-check";
import { expect, test } from "vitest";
import { learningRateAt } from "./schedule.ts";

const schedule = { learningRate: 1, finalLearningRate: 0.1, warmupSteps: 4, steps: 15 };

test("learningRateAt() rises by equal parts when warming up and reaches the peak after it", () => {
  expect([0, 1, 2, 3, 4].map((step) => learningRateAt(schedule, step))).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
});

test("learningRateAt() follows half a cosine to the final value and stays there", () => {
  expect(learningRateAt(schedule, 9)).toBeCloseTo(0.55, 15);
  expect(learningRateAt(schedule, 14)).toBeCloseTo(0.1, 15);
  expect(learningRateAt(schedule, 99)).toBeCloseTo(0.1, 15);
});

test("learningRateAt() agrees with Math.cos to 1e-14 at any step", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), (step) => {
      const long = { learningRate: 1, finalLearningRate: 0, warmupSteps: 0, steps: 1001 };
      expect(Math.abs(learningRateAt(long, step) - 0.5 * (1 + Math.cos((Math.PI * step) / 1000)))).toBeLessThan(1e-14);
    }),
  );
});

test("learningRateAt() gives the peak when the run has one step and no warm-up", () => {
  expect(learningRateAt({ ...schedule, warmupSteps: 0, steps: 1 }, 0)).toBe(1);
});
