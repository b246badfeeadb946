import { expect, test } from "vitest";
import { createStepClock } from "./step_clock.ts";

test("createStepClock() divides a step into computing, exchange, applying and the idle time before it", () => {
  let nowMs = 0;
  const clock = createStepClock(() => nowMs);
  nowMs = 3;
  clock.computing();
  nowMs = 10;
  clock.computed();
  nowMs = 14;
  clock.applying();
  nowMs = 16;
  expect(clock.applied()).toEqual({ idleMs: 3, computeMs: 7, exchangeMs: 4, applyMs: 2 });
  nowMs = 20;
  clock.applying();
  nowMs = 21;
  expect(clock.applied()).toEqual({ idleMs: 4, computeMs: 0, exchangeMs: 0, applyMs: 1 });
});

test("createStepClock() counts as waiting what a stage neither computed nor applied", () => {
  let nowMs = 0;
  let busyMs = 100;
  const clock = createStepClock(
    () => nowMs,
    () => busyMs,
  );
  clock.computing();
  [nowMs, busyMs] = [10, 106];
  clock.computed();
  nowMs = 14;
  clock.applying();
  [nowMs, busyMs] = [17, 107];
  expect(clock.applied()).toEqual({ idleMs: 0, computeMs: 10, exchangeMs: 4, applyMs: 3, waitMs: 6 });
});
