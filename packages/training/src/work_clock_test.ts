import { expect, test } from "vitest";
import { createWorkClock } from "./work_clock.ts";

test("createWorkClock() counts time once in which several pieces are under way, and none between them", async () => {
  let nowMs = 0;
  const clock = createWorkClock(() => nowMs);
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const both = [clock.during(() => first.promise), clock.during(() => second.promise)];
  nowMs = 3;
  expect(clock.busyMs).toBe(3);
  first.resolve();
  await both[0];
  nowMs = 5;
  second.resolve();
  await both[1];
  nowMs = 9;
  expect(clock.busyMs).toBe(5);
  await expect(clock.during(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  nowMs = 12;
  expect(clock.busyMs).toBe(5);
});
