import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { learningRateAt, type ScheduleShape } from "./schedule.ts";

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

/** Rates of PyTorch's schedulers over 20 steps, from 1 to 0.1. */
const golden = (
  JSON.parse(await readFile(new URL("testdata/optimiser_golden.json", import.meta.url), "utf8")) as {
    schedules: Readonly<Record<string, readonly number[]>>;
  }
).schedules;

test.each<[string, ScheduleShape | undefined]>([
  ["cosine", undefined],
  ["linear", { name: "linear" }],
  ["cyclic", { name: "cyclic", cycleSteps: 8 }],
  ["restarts", { name: "restarts", cycleSteps: 3, cycleFactor: 2 }],
])("learningRateAt() gives the rates of PyTorch's %s schedule", (name, shape) => {
  const twenty = {
    learningRate: 1,
    finalLearningRate: 0.1,
    warmupSteps: 0,
    steps: 20,
    ...(shape && { schedule: shape }),
  };
  golden[name]!.forEach((rate, step) => expect(learningRateAt(twenty, step), `step ${step}`).toBeCloseTo(rate, 14));
});

test("learningRateAt() stays at the peak in wsd, then falls by the square root to the final value at the last step", () => {
  const wsd = { ...schedule, schedule: { name: "wsd", decaySteps: 4 } } as const;
  const rates = Array.from({ length: 16 }, (_, step) => learningRateAt(wsd, step));
  expect(rates.slice(0, 4)).toEqual([0.2, 0.4, 0.6, 0.8]);
  expect(rates.slice(4, 11)).toEqual(Array.from({ length: 7 }, () => 1));
  [1, 2, 3, 4].forEach((k) => expect(rates[10 + k]).toBeCloseTo(0.1 + 0.9 * (1 - Math.sqrt(k / 4)), 15));
  expect(rates[15]).toBeCloseTo(0.1, 15);
});

test("learningRateAt() begins warm restarts and the fall of a line after the warm-up", () => {
  const restarts = { ...schedule, schedule: { name: "restarts", cycleSteps: 5, cycleFactor: 1 } } as const;
  expect([3, 4, 9, 14].map((step) => learningRateAt(restarts, step))).toEqual([0.8, 1, 1, 1]);
  const linear = { ...schedule, schedule: { name: "linear" } } as const;
  expect(learningRateAt(linear, 9)).toBeCloseTo(0.55, 15);
});
