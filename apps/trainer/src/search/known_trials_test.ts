import type { Trial } from "@millrace/search";
import { expect, test } from "vitest";
import { knownTo, mayBegin } from "./known_trials.ts";

const trial = (number: number, state: Trial["state"]): Trial => ({
  number,
  values: { x: number },
  state,
  reports: [{ step: 1, value: number }],
  ...(state === "completed" && { objective: number }),
});

test("knownTo() tells of trials at a trial's side nothing but their values, also where one is done already", () => {
  const trials = [trial(0, "completed"), trial(1, "stopped"), trial(2, "completed"), trial(3, "running")];
  expect(knownTo(3, 2, trials)).toEqual([
    trials[0],
    trials[1],
    { number: 2, values: { x: 2 }, state: "running", reports: [] },
  ]);
  expect(knownTo(1, 1, trials)).toEqual([trials[0]]);
  expect(knownTo(0, 2, trials)).toEqual([]);
});

test("mayBegin() waits for all that a trial has to know of, and for no other", () => {
  expect(mayBegin(0, 2, [])).toBe(true);
  expect(mayBegin(1, 2, [trial(0, "running")])).toBe(true);
  expect(mayBegin(2, 2, [trial(0, "running"), trial(1, "completed")])).toBe(false);
  expect(mayBegin(2, 2, [trial(0, "failed"), trial(1, "running")])).toBe(true);
  expect(mayBegin(3, 2, [trial(0, "failed"), trial(1, "running"), trial(2, "stopped")])).toBe(false);
});
