import { expect, test } from "vitest";
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
  sentBytes: 1,
});

/** What is seen of steps: their numbers and the nodes that have reported them. */
function gather(): { reports: ReturnType<typeof createStepReports>; seen: [number, string[]][] } {
  const seen: [number, string[]][] = [];
  const reports = createStepReports(({ step, loss, nodes }) => {
    expect(loss).toBe(2);
    seen.push([step, nodes.map(({ node }) => node)]);
  });
  return { reports, seen };
}

test("createStepReports() gives each step once, when all have reported it, also when it is done again", () => {
  const { reports, seen } = gather();
  reports.add("a", report(0), 2);
  expect(seen).toEqual([]);
  reports.add("b", report(0), 2);
  reports.add("a", report(1), 1);
  reports.add("b", report(1), 1);
  expect(seen).toEqual([
    [1, ["a", "b"]],
    [2, ["a"]],
  ]);
});

test("createStepReports() waits for a report that comes after another member's of the next step, and no longer", () => {
  const { reports, seen } = gather();
  reports.add("a", report(0), 2);
  reports.add("a", report(1), 2);
  reports.add("b", report(0), 2);
  expect(seen).toEqual([[1, ["a", "b"]]]);
  reports.add("a", report(2), 2);
  reports.add("a", report(3), 2);
  expect(seen.slice(1)).toEqual([[2, ["a"]]]);
  reports.add("b", report(3), 2);
  expect(seen.slice(2)).toEqual([
    [3, ["a"]],
    [4, ["a", "b"]],
  ]);
});

test("createStepReports() gives what is open when all stand still", () => {
  const { reports, seen } = gather();
  reports.add("a", report(0), 2);
  reports.paused();
  expect(seen).toEqual([[1, ["a"]]]);
});
