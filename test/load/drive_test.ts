import { expect, test } from "vitest";
import { type Clock, drive, type Outcome } from "./drive.ts";
import { judge, percentile } from "./judge.ts";
import { reportOf } from "./report.ts";
import type { Sample, Scenario, Target } from "./scenario.ts";

const TARGET: Target = { address: "http://127.0.0.1:0", apiKey: "", model: "m", runId: "run-1" };

/** Time that goes on by waiting alone. */
function standingClock(): Clock & { skip(durationMs: number): void } {
  let nowMs = 0;
  return {
    now: () => nowMs,
    async wait(durationMs) {
      nowMs += durationMs;
    },
    skip(durationMs) {
      nowMs += durationMs;
    },
  };
}

function scenario(arrive: (index: number) => Promise<Sample>, more: Partial<Scenario> = {}): Scenario {
  const limits = [{ measure: "answer", share: 0.95, atMostMs: 100 }];
  return { name: "test", what: "a test", ratePerSecond: 10, limits, prepare: async () => arrive, ...more };
}

function driven(arrive: (index: number) => Promise<Sample>, more?: Partial<Scenario>): Promise<Outcome> {
  return drive(scenario(arrive, more), TARGET, 2, standingClock());
}

test("drive() asks at the rate, after a warm-up that does not count", async () => {
  const at: number[] = [];
  const clock = standingClock();
  const arrive = async (): Promise<Sample> => ({ answer: at.push(clock.now()) });
  const { arrivals, measures, lateMs } = await drive(scenario(arrive), TARGET, 2, clock);
  expect(arrivals).toBe(20);
  expect(at.slice(10)).toEqual(Array.from({ length: 20 }, (_, index) => 100 * index));
  expect(measures.get("answer")).toEqual(Array.from({ length: 20 }, (_, index) => index + 11));
  expect(Math.max(...lateMs)).toBe(0);
});

test("drive() counts what waited from when it was due", async () => {
  const clock = standingClock();
  let asked = 0;
  const arrive = async (): Promise<Sample> => {
    if (++asked === 11) clock.skip(250);
    return { answer: 5 };
  };
  const { measures } = await drive(scenario(arrive), TARGET, 0.5, clock);
  expect(measures.get("answer")).toEqual([5, 5, 5, 55, 155]);
});

test("drive() goes on when nothing is answered, and says what it did not ask any more", async () => {
  const clock = standingClock();
  const { promise, resolve } = Promise.withResolvers<Sample>();
  let asked = 0;
  const arrive = (): Promise<Sample> => (++asked <= 10 ? Promise.resolve({ answer: 1 }) : promise);
  const wait = clock.wait.bind(clock);
  clock.wait = async (durationMs) => {
    await wait(durationMs);
    if (clock.now() >= 50_900) resolve({ answer: 1 });
  };
  const outcome = await drive(scenario(arrive), TARGET, 51, clock);
  expect(outcome.measures.get("answer")).toHaveLength(500);
  expect([...outcome.failures]).toEqual([["not asked: 500 requests are unanswered already", 10]]);
});

test("judge() fails on one wrong answer, on a limit, on a measure that is missing, and on clients that disagree", async () => {
  const right = await driven(async () => ({ answer: 100 }));
  expect(judge(right, true)).toMatchObject({ passed: true, faults: [] });

  let asked = 0;
  const wrong = await driven(async () => {
    if (++asked === 15) throw new Error("another document came");
    return { answer: 1 };
  });
  expect(judge(wrong, false)).toMatchObject({ passed: false, faults: ["1 x another document came"] });

  const slow = await driven(async () => ({ answer: 101 }));
  expect(judge(slow, true)).toMatchObject({ passed: false, limits: [{ foundMs: 101, holds: false }] });
  expect(judge(slow, false).passed).toBe(true);

  const missing = await driven(async () => ({ other: 1 }));
  expect(judge(missing, false)).toMatchObject({ passed: false, faults: ["answer was never measured"] });

  const two = await driven(async () => ({ answer: 10, again: 41 }), { agreeing: [["answer", "again"]] });
  expect(judge(two, true).faults).toEqual(["the medians of answer and again disagree: 10.0 and 41.0 ms"]);

  const report = reportOf([{ outcome: slow, verdict: judge(slow, true) }], {
    date: "2026-01-01",
    machine: "a machine",
  });
  expect(report).toContain("Not everything held.");
  expect(report).toMatch(/\| answer +\| 20 +\| 101 +\| 101 +\| 101 +\| 95 % in 100 ms: missed \|/);
});

test("percentile() is the smallest sample that a share does not exceed", () => {
  expect(percentile([1, 2, 3, 4], 0.5)).toBe(2);
  expect(percentile([1, 2, 3, 4], 0.51)).toBe(3);
  expect(percentile([1, 2, 3, 4], 1)).toBe(4);
  expect(percentile([], 0.5)).toBeNaN();
});
