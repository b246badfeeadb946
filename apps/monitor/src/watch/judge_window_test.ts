import { describe, expect, test } from "vitest";
import {
  BEGIN,
  MINUTE_MS,
  observedMinute,
  seededRandom,
  type SimulatedMinute,
  simulatedWindow,
} from "../testing/simulated_traffic.ts";
import { judgeWindow } from "./judge_window.ts";
import { initWatch, watchStateSchema } from "./watch_state.ts";

/** Judges minutes in order, the state kept as JSON in between; tells in which minute something was raised or resolved. */
function watched(seed: number, minutes: readonly SimulatedMinute[]): string[] {
  const random = seededRandom(seed);
  let state = initWatch();
  return minutes.flatMap((minute, at) => {
    const { windowStart, ...observed } = observedMinute(at, simulatedWindow(random, minute));
    const row = { project: "default", ...observed, windowStart: Date.parse(windowStart) };
    const range = { from: BEGIN + at * MINUTE_MS, to: BEGIN + (at + 1) * MINUTE_MS };
    const judged = judgeWindow(state, row, [row], range, undefined);
    state = watchStateSchema.parse(JSON.parse(JSON.stringify(judged.state)));
    return judged.changes.map(({ change, finding }) => `${at} ${finding.kind} ${change}`);
  });
}

const times = (count: number, minute: SimulatedMinute = {}): SimulatedMinute[] => Array(count).fill(minute);

describe("judgeWindow()", () => {
  test("raises nothing in four days of steady traffic, whether requests are few or many, and whether some fail", () => {
    const kinds = [
      { requests: 20, errorRate: 0.01 },
      { requests: 20, errorRate: 0.05 },
      { requests: 60, errorRate: 0.002 },
      { requests: 100, errorRate: 0.02 },
    ];
    const changes = kinds.flatMap((kind, seed) => watched(seed, times(1440, kind)));
    expect(changes).toEqual([]);
  });

  test("raises nothing while it learns what is usual", () => {
    expect(watched(5, [...times(10), ...times(10, { medianMs: 400, errorRate: 0.8 })])).toEqual([]);
  });

  test("raises a spike in its second minute, and resolves it after some calm ones", () => {
    const changes = watched(6, [...times(70), ...times(4, { medianMs: 400 }), ...times(60)]);
    expect(changes[0]).toBe("71 latency raised");
    expect(changes).toHaveLength(2);
    expect(changes[1]).toMatch(/^(?:7[89]|8\d|9\d) latency resolved$/);
  });

  test("a single odd minute raises nothing", () => {
    expect(watched(7, [...times(70), ...times(1, { medianMs: 100, errorRate: 0.2 }), ...times(60)])).toEqual([]);
  });

  test("a lasting shift by half stays raised, long after the robust score is used to it", () => {
    const changes = watched(8, [...times(80), ...times(300, { medianMs: 60 })]);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatch(/^8\d latency raised$/);
  });

  test("a shift by a tenth is no matter", () => {
    expect(watched(9, [...times(80), ...times(300, { medianMs: 44 })])).toEqual([]);
  });

  test("raises a share of errors that rises from one in 100 to one in ten, and resolves it", () => {
    const changes = watched(10, [
      ...times(80, { errorRate: 0.01 }),
      ...times(60, { errorRate: 0.1 }),
      ...times(120, { errorRate: 0.01 }),
    ]);
    expect(changes.map((change) => change.replace(/^\d+ /, ""))).toEqual(["errors raised", "errors resolved"]);
  });

  test("faster answers and fewer errors raise nothing", () => {
    expect(watched(11, [...times(80, { errorRate: 0.1 }), ...times(100, { medianMs: 10 })])).toEqual([]);
  });

  test("a time in which all requests fail says nothing of their latency", () => {
    const changes = watched(12, [...times(80), ...times(10, { errorRate: 1 })]);
    expect(changes).toEqual(["81 errors raised"]);
  });
});
