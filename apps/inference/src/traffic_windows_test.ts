import { EVENTS } from "@millrace/contracts";
import { quantile, quantileSketchSchema } from "@millrace/statistics";
import { expect, test } from "vitest";
import type { Observation } from "./observation.ts";
import { createTrafficWindows, WINDOW_MS } from "./traffic_windows.ts";

const SERVED = { project: "default", model: "docs", version: 2 };

function observation(changes: Partial<Observation> = {}): Observation {
  return {
    served: SERVED,
    outcome: "completed",
    isSynthetic: false,
    startedAt: 0,
    firstTokenMs: 12,
    totalMs: 100,
    perTokenMs: 3,
    promptTokens: 5,
    completionTokens: 8,
    prompts: [],
    ...changes,
  };
}

test("takeEnded() gives a window once, when it is over, in the form the catalogue describes", () => {
  const windows = createTrafficWindows("gateway-1");
  windows.record(observation());
  windows.record(observation({ outcome: "failed", firstTokenMs: null, perTokenMs: null, completionTokens: 0 }));
  windows.record(observation({ outcome: "shed", firstTokenMs: null, perTokenMs: null }));
  windows.record(observation({ isSynthetic: true, firstTokenMs: 30 }));
  expect(windows.takeEnded(WINDOW_MS - 1)).toEqual([]);
  const [window, ...others] = windows.takeEnded(WINDOW_MS);
  expect(others).toEqual([]);
  const data = EVENTS.trafficObserved.schema.parse(window?.data);
  expect(data).toMatchObject({ model: "docs", version: 2, gateway: "gateway-1", windowMs: WINDOW_MS });
  expect(data.windowStart).toBe(new Date(0).toISOString());
  expect(data.real).toMatchObject({ requests: 2, errors: 1, refused: 1, promptTokens: 10, outputTokens: 8 });
  expect(data.synthetic).toMatchObject({ requests: 1, errors: 0 });
  expect(quantile(quantileSketchSchema.parse(data.real.firstTokenMs), 0.5)).toBeCloseTo(12, 0);
  expect(windows.takeEnded(10 * WINDOW_MS)).toEqual([]);
});

test("a request counts in the window in which it ends, and each version and project has windows of its own", () => {
  const windows = createTrafficWindows("gateway-1");
  windows.record(observation({ startedAt: WINDOW_MS - 50 }));
  windows.record(observation({ served: { ...SERVED, version: 1 } }));
  windows.record(observation({ served: { ...SERVED, project: "other" } }));
  const ended = windows.takeEnded(2 * WINDOW_MS);
  expect(ended.map(({ project, data }) => [project, data.version, data.windowStart])).toEqual([
    ["default", 2, new Date(WINDOW_MS).toISOString()],
    ["default", 1, new Date(0).toISOString()],
    ["other", 2, new Date(0).toISOString()],
  ]);
});

test.each(["left", "refused"] as const)("a request that was %s makes no window", (outcome) => {
  const windows = createTrafficWindows("gateway-1");
  windows.record(observation({ outcome }));
  expect(windows.takeEnded(2 * WINDOW_MS)).toEqual([]);
});

test("putBack() keeps what could not be told of for the next time", () => {
  const windows = createTrafficWindows("gateway-1");
  windows.record(observation());
  const ended = windows.takeEnded(WINDOW_MS);
  windows.putBack(ended);
  expect(windows.takeEnded(WINDOW_MS)).toEqual(ended);
});

test("putBack() keeps prompts of the newest windows alone, and the counts of all", () => {
  const windows = createTrafficWindows("gateway-1");
  for (let at = 0; at < 32; at++) windows.record(observation({ startedAt: at * WINDOW_MS, prompts: [[at]] }));
  windows.putBack(windows.takeEnded(33 * WINDOW_MS));
  const waiting = windows.takeEnded(33 * WINDOW_MS);
  expect(waiting.map(({ prompts }) => prompts.length)).toEqual([0, 0, ...Array.from({ length: 30 }, () => 1)]);
  expect(waiting.every(({ data }) => data.real.requests === 1)).toBe(true);
});

test("what prompts of users begin with is given along, bounded, and outside of what is told", () => {
  const windows = createTrafficWindows("gateway-1");
  const ids = Array.from({ length: 500 }, (_, at) => at);
  windows.record(observation({ prompts: [ids, [7]] }));
  windows.record(observation({ prompts: [[8]], isSynthetic: true }));
  windows.record(observation({ prompts: [[9]], outcome: "failed" }));
  for (let n = 0; n < 1100; n++) windows.record(observation({ prompts: [[1]] }));
  const [window] = windows.takeEnded(WINDOW_MS);
  expect(window?.prompts.slice(0, 3)).toEqual([ids.slice(0, 160), [7], [1]]);
  expect(window?.prompts).toHaveLength(1000);
  expect(window?.data.real.prompts).toBeNull();
});
