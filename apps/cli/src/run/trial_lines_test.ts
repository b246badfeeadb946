import { expect, test } from "vitest";
import { trialLines } from "./trial_lines.ts";

test("trialLines() ranks trials in columns", () => {
  const best = { number: 2, trialId: "run-1.t2", values: {}, objective: 3.1 };
  const table = [
    { number: 2, state: "completed" as const, values: { "train.learningRate": 0.003_333_3 }, loss: 3.1, step: 900 },
    { number: 10, state: "stopped" as const, values: { "train.learningRate": 0.02 }, loss: 4.25, step: 90 },
    { number: 0, state: "failed" as const, values: { "model.heads": 3 }, loss: null, step: 0 },
  ];
  expect(trialLines({ best, trials: { completed: 1, stopped: 1, failed: 1 }, table }).join("\n")).toBe(
    [
      "    trial  state      loss   steps  model.heads  train.learningRate",
      "    2      completed  3.100  900                 0.003333",
      "    10     given up   4.250  90                  0.02",
      "    0      failed     -      0      3",
    ].join("\n"),
  );
  expect(trialLines({ best, trials: { completed: 1, stopped: 0, failed: 0 } })).toEqual([]);
});
