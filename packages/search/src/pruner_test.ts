import fc from "fast-check";
import { expect, test } from "vitest";
import { type Pruner, shouldStop } from "./pruner.ts";
import { anyTrials } from "./testing/any_space.ts";
import type { Report, Trial } from "./trial.ts";

const asha: Pruner = { name: "asha", minSteps: 2, reduction: 2 };
const median: Pruner = { name: "median", startupTrials: 2, warmupSteps: 2 };

/** A trial whose values were reported after 1, 2, 3 steps and so on. */
function trialOf(number: number, values: number[], state: Trial["state"] = "completed"): Trial {
  return { number, values: {}, state, reports: reportsOf(values), ...(state === "completed" && { objective: 0 }) };
}

function reportsOf(values: readonly number[]): Report[] {
  return values.map((value, at) => ({ step: at + 1, value }));
}

test("ASHA stops at a rung who is not in the best part of those that came there, and nowhere else", () => {
  const others = [trialOf(0, [5, 4, 3, 2]), trialOf(1, [5, 6], "stopped"), trialOf(2, [5, 5], "running")];
  // Three others and the trial itself: two places at the rung of 2 steps.
  expect(shouldStop(asha, reportsOf([9, 4.5]), others)).toBe(false);
  expect(shouldStop(asha, reportsOf([9, 5.5]), others)).toBe(true);
  // Between rungs nobody is stopped; at the next, of 4 steps, one other came: one place.
  expect(shouldStop(asha, reportsOf([9]), others)).toBe(false);
  expect(shouldStop(asha, reportsOf([9, 4.5, 99]), others)).toBe(false);
  expect(shouldStop(asha, reportsOf([9, 4.5, 4, 2.5]), others)).toBe(true);
  expect(shouldStop(asha, reportsOf([9, 4.5, 4, 1.5]), others)).toBe(false);
});

test("ASHA lets the first to reach a rung go on, and judges reports that skip steps at the rung they passed", () => {
  expect(shouldStop(asha, reportsOf([1, 99]), [])).toBe(false);
  const skipping = [
    { step: 3, value: 7 },
    { step: 6, value: 3 },
  ];
  const other: Trial = { number: 0, values: {}, state: "completed", objective: 1, reports: [{ step: 5, value: 2 }] };
  expect(shouldStop(asha, skipping.slice(0, 1), [other])).toBe(true);
  expect(shouldStop(asha, skipping, [other])).toBe(true);
});

test("the median rule stops whose best is worse than the median of the others' averages", () => {
  const others = [trialOf(0, [4, 2, 1]), trialOf(1, [8, 4, 3]), trialOf(2, [0, 0, 0], "running")];
  // Averages until step 2 are 3 and 6: the median is 4.5.
  expect(shouldStop(median, reportsOf([9, 4.4]), others)).toBe(false);
  expect(shouldStop(median, reportsOf([4.4, 9]), others)).toBe(false);
  expect(shouldStop(median, reportsOf([9, 4.6]), others)).toBe(true);
  expect(shouldStop(median, reportsOf([9]), others)).toBe(false);
  expect(shouldStop(median, reportsOf([9, 9]), others.slice(1))).toBe(false);
});

test("a report that is no number stops a trial under both rules", () => {
  for (const pruner of [asha, median]) expect(shouldStop(pruner, reportsOf([1, Number.NaN]), [])).toBe(true);
});

test("neither rule stops the best of all, whatever the others did", () => {
  fc.assert(
    fc.property(
      anyTrials({}),
      fc.constantFrom(asha, median),
      fc.integer({ min: 1, max: 8 }),
      (others, pruner, steps) => {
        expect(shouldStop(pruner, reportsOf(Array.from({ length: steps }, () => -11)), others)).toBe(false);
      },
    ),
  );
});
