/** Every detector on seeded series: false alarms, delays, warm-up, series that hardly move, states through JSON. */
import { expect, test } from "vitest";
import type { z } from "zod";
import { ewmaStateSchema, initEwma, updateEwma } from "./ewma_chart.ts";
import type { Judged } from "./judged.ts";
import { initRobustZ, robustZStateSchema, updateRobustZ } from "./robust_z.ts";
import { random } from "./testing/random.ts";

interface Detector {
  readonly name: string;
  readonly warmUp: number;
  /** Anomalous among a million windows of independent normal values. EWMA stays outside for a while: ten in a row. */
  readonly falseAlarms: readonly [number, number];
  readonly run: (values: Iterable<number>, leastDeviation: number) => { score: number | null; anomalous: boolean }[];
}

function detector<State>(
  init: (leastDeviation: number) => State,
  update: (state: State, value: number) => Judged<State>,
  schema: z.ZodType<State>,
): Detector["run"] {
  return (values, leastDeviation) => {
    let state = init(leastDeviation);
    const judged = [];
    for (const value of values) {
      // As the monitor does: the state rests in a row between windows.
      if (judged.length % 50 === 0) state = schema.parse(JSON.parse(JSON.stringify(state)));
      const { state: next, score, anomalous } = update(state, value);
      state = next;
      judged.push({ score, anomalous });
    }
    return judged;
  };
}

const robustZ: Detector = {
  name: "robust z-score",
  warmUp: 20,
  falseAlarms: [1500, 4000],
  run: detector(initRobustZ, updateRobustZ, robustZStateSchema),
};
const ewma: Detector = {
  name: "EWMA chart",
  warmUp: 60,
  falseAlarms: [10_000, 50_000],
  run: detector(initEwma, updateEwma, ewmaStateSchema),
};
const DETECTORS = [robustZ, ewma];

function normals(seed: number, length: number, shift: (window: number) => number = () => 0): number[] {
  const source = random(seed);
  return Array.from({ length }, (_, i) => 100 + 5 * (source.normal() + shift(i)));
}

test.each(DETECTORS)("$name: false alarms on steady series lie in the stated band", ({ run, warmUp, falseAlarms }) => {
  let [alarms, windows] = [0, 0];
  for (let seed = 0; seed < 100; seed++) {
    alarms += run(normals(seed, 300), 0.01).filter(({ anomalous }) => anomalous).length;
    windows += 300 - warmUp;
  }
  expect((1e6 * alarms) / windows).toBeGreaterThan(falseAlarms[0]);
  expect((1e6 * alarms) / windows).toBeLessThan(falseAlarms[1]);
});

/** Windows from the change to the first alarm, over 100 series; null where there was none in 100 windows. */
function delays({ run }: Detector, shift: number): (number | null)[] {
  return Array.from({ length: 100 }, (_, seed) => {
    const judged = run(
      normals(1000 + seed, 200, (i) => (i >= 100 ? shift : 0)),
      0.01,
    );
    const first = judged.slice(100).findIndex(({ anomalous }) => anomalous);
    return first === -1 ? null : first + 1;
  });
}

function median(values: (number | null)[]): number {
  return values.map((value) => value ?? Infinity).sort((a, b) => a - b)[values.length >> 1] as number;
}

test("the chart finds a lasting shift of one deviation in about ten windows, and of two in about four", () => {
  for (const shift of [1, -1]) expect(median(delays(ewma, shift))).toBeLessThanOrEqual(14);
  for (const shift of [2, -2]) expect(median(delays(ewma, shift))).toBeLessThanOrEqual(6);
  expect(delays(ewma, 2)).not.toContain(null);
});

test("robust z-score finds a spike of six deviations at once, and goes on finding them", () => {
  let [first, second] = [0, 0];
  for (let seed = 0; seed < 200; seed++) {
    const judged = robustZ.run(
      normals(seed, 110, (i) => (i === 100 || i === 105 ? 6 : 0)),
      0.01,
    );
    if (judged[100]?.anomalous) first++;
    if (judged[105]?.anomalous) second++;
  }
  expect(first).toBeGreaterThanOrEqual(190);
  expect(second).toBeGreaterThanOrEqual(190);
});

test("robust z-score falls silent on a new level", () => {
  const judged = robustZ.run(
    normals(1, 260, (i) => (i >= 100 ? 20 : 0)),
    0.01,
  );
  expect(judged.slice(100, 110).every(({ anomalous }) => anomalous)).toBe(true);
  expect(judged.slice(130).filter(({ anomalous }) => anomalous).length).toBeLessThanOrEqual(2);
});

test.each(DETECTORS)("$name: judges nothing while warming up, whatever comes", ({ run, warmUp }) => {
  const judged = run(
    normals(2, warmUp + 1, (i) => (i % 7 === 0 ? 50 : 0)),
    0.01,
  );
  expect(judged.slice(0, warmUp).every(({ score, anomalous }) => score === null && !anomalous)).toBe(true);
  expect(judged.at(-1)?.score).not.toBeNull();
});

test.each(DETECTORS)("$name: a constant series is judged by the least deviation", ({ run }) => {
  const constant = Array.from({ length: 100 }, () => 0);
  expect(run(constant, 0.01).some(({ anomalous }) => anomalous)).toBe(false);
  expect(run([...constant, 0.005], 0.01).at(-1)).toMatchObject({ anomalous: false });
  expect(run([...constant, 1], 0.01).at(-1)).toMatchObject({ anomalous: true });
});

test.each(DETECTORS)("$name: windows that mostly agree, so that the MAD is 0, give finite scores", ({ run }) => {
  const rates = Array.from({ length: 200 }, (_, i) => (i % 10 === 0 ? 0.002 : 0));
  const judged = run(rates, 0.005);
  expect(judged.every(({ score }) => score === null || Number.isFinite(score))).toBe(true);
  expect(judged.some(({ anomalous }) => anomalous)).toBe(false);
});

test.each(DETECTORS)(
  "$name: refuses a value that is not finite and a least deviation that is not positive",
  ({ run }) => {
    for (const wrong of [Number.NaN, Infinity]) expect(() => run([wrong], 1)).toThrow(`found ${wrong}`);
    for (const wrong of [0, -1, Number.NaN, Infinity])
      expect(() => run([1], wrong)).toThrow(`found a least deviation of ${wrong}`);
  },
);
