import { expect, test } from "vitest";
import { rateOf, runningRun, sentenceOf } from "./run_state.ts";
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

test("runningRun() passes over runs that have ended", () => {
  const [ended, moving] = [runAt("serving"), runAt("cleaning")];
  expect(runningRun([ended, moving])).toBe(moving);
  expect(runningRun([ended])).toBeUndefined();
});
