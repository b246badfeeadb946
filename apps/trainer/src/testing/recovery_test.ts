import { expect, test } from "vitest";
import type { TrainingProgress } from "../coordinator/ports.ts";
import { createRecoveryWatch } from "./recovery.ts";

const step: TrainingProgress = {
  type: "step",
  step: 1,
  loss: 1,
  tokens: 1,
  gradientNorm: 1,
  learningRate: 1,
  nodes: [],
};
const lost = (node: string): TrainingProgress => ({ type: "lost", node, reason: "gone" });

test("createRecoveryWatch() counts from the harm to the first step after the loss of all that were harmed", () => {
  let nowMs = 0;
  const watch = createRecoveryWatch(() => nowMs);
  const at = (ms: number, progress: TrainingProgress): void => {
    nowMs = ms;
    watch.saw(progress);
  };
  watch.harmed("kill both", ["a", "b"]);
  at(10, step);
  at(20, lost("a"));
  at(30, step);
  at(2000, lost("b"));
  at(2100, step);
  at(2200, step);
  expect(watch.recoveries).toEqual([{ harm: "kill both", ms: 2100 }]);
});

test("createRecoveryWatch() forgets a harm that lost nothing, and takes one that is known to have been noticed", () => {
  let nowMs = 0;
  const watch = createRecoveryWatch(() => nowMs);
  watch.harmed("stop", ["a"]);
  watch.saw(step);
  nowMs = 500;
  watch.harmed("kill", ["a"]);
  watch.saw(lost("a"));
  nowMs = 600;
  watch.saw(step);
  watch.harmed("kill the coordinator", [], 100);
  nowMs = 1000;
  watch.saw(step);
  expect(watch.recoveries).toEqual([
    { harm: "kill", ms: 100 },
    { harm: "kill the coordinator", ms: 900 },
  ]);
});
