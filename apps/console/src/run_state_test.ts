import { expect, test } from "vitest";
import { progressText, rateOf, runningRun, sentenceOf } from "./run_state.ts";
import { runAt, START_MS } from "./testing/scene_data.ts";

test("rateOf() tells speed and time left from what is done so far", () => {
  const startedAt = new Date(START_MS).toISOString();
  const stage = { stage: "training", state: "running", startedAt, endedAt: null, workedSeconds: 10 } as const;
  const progress = { done: 50, total: 200, unit: "steps" };
  expect(rateOf({ ...stage, progress })).toEqual({ perSecond: 5, leftSeconds: 30 });
  expect(rateOf({ ...stage, progress: { ...progress, done: 0 } })).toBeUndefined();
  expect(rateOf({ ...stage, state: "done", progress })).toBeUndefined();
});

test("sentenceOf() says where a run stopped", () => {
  expect(sentenceOf(runAt("tokenizing", { state: "failed", stoppedIn: "tokenizing" }))).toBe(
    "handbook failed while tokenizing",
  );
});

test("a run that waits for a second person says so, and not how long it will take", () => {
  const run = runAt("deploying");
  const stages = run.stages.map((stage) =>
    stage.stage === "deploying"
      ? { ...stage, progress: null, awaits: { approvalOf: "docs@2", requestedBy: "ada" } }
      : stage,
  );
  const deploying = stages.find(({ stage }) => stage === "deploying")!;
  expect(sentenceOf({ ...run, stages })).toBe("docs@2 waits for approval");
  expect(progressText(deploying)).toBe("docs@2 waits for approval");
  expect(rateOf(deploying)).toBeUndefined();
});

test("runningRun() passes over runs that have ended", () => {
  const [ended, moving] = [runAt("serving"), runAt("cleaning")];
  expect(runningRun([ended, moving])).toBe(moving);
  expect(runningRun([ended])).toBeUndefined();
});
