import { expect, test } from "vitest";
import type { TrainingProgress } from "./ports.ts";
import { createStepReports } from "./step_reports.ts";

const report = (step: number) => ({
  step,
  lossSum: 6,
  targetCount: 3,
  gradientNorm: 1,
  learningRate: 0.1,
  computeMs: 1,
  exchangeMs: 1,
  applyMs: 1,
  idleMs: 1,
});

test("createStepReports() gives each step once, when all have reported it or one is further, also when it is done again", () => {
  const seen: (TrainingProgress & { type: "step" })[] = [];
  const reports = createStepReports((step) => seen.push(step));
  reports.add("a", report(0), 2);
  expect(seen).toEqual([]);
  reports.add("b", report(0), 2);
  reports.add("a", report(1), 2);
  reports.add("a", report(2), 1);
  reports.add("b", report(1), 1);
  expect(seen.map(({ step, loss, nodes }) => [step, loss, nodes.map(({ node }) => node)])).toEqual([
    [1, 2, ["a", "b"]],
    [2, 2, ["a"]],
    [3, 2, ["a"]],
  ]);
});
