import fc from "fast-check";
import { expect, test } from "vitest";
import { compareQuantiles } from "./compare_quantiles.ts";
import { alwaysValidP, compareRates } from "./compare_rates.ts";
import { addToSketch, emptySketch } from "./quantile_sketch.ts";
import type { RateCounts } from "./rate_evidence.ts";
import { random } from "./testing/random.ts";

const ALPHA = 0.05;
const rateCounts = fc
  .record({ trials: fc.nat({ max: 5000 }), part: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ trials, part }) => ({ trials, events: Math.round(part * trials) }));

/** Runs that ever had an alarm, of runs looked at after every single request. */
function everAlarmed(
  rates: { stable: number; canary: number; canaryShare: number },
  requests: number,
  runs: number,
  alarm: (stable: RateCounts, canary: RateCounts) => boolean,
): number {
  let alarmed = 0;
  for (let run = 0; run < runs; run++) {
    const source = random(run);
    const stable = { events: 0, trials: 0 };
    const canary = { events: 0, trials: 0 };
    for (let i = 0; i < requests; i++) {
      const isCanary = source.uniform() < rates.canaryShare;
      const arm = isCanary ? canary : stable;
      arm.trials++;
      if (source.uniform() < (isCanary ? rates.canary : rates.stable)) arm.events++;
      if (alarm(stable, canary)) {
        alarmed++;
        break;
      }
    }
  }
  return alarmed / runs;
}

const alwaysValid = (stable: RateCounts, canary: RateCounts): boolean => alwaysValidP(stable, canary) < ALPHA;

/** What must not be done: the z test for two shares, made for one look. */
function zTest(stable: RateCounts, canary: RateCounts): boolean {
  if (stable.trials < 30 || canary.trials < 30) return false;
  const pooled = (stable.events + canary.events) / (stable.trials + canary.trials);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / stable.trials + 1 / canary.trials));
  return Math.abs(canary.events / canary.trials - stable.events / stable.trials) > 1.96 * deviation;
}

test.each([
  { rate: 0.3, canaryShare: 0.5 },
  { rate: 0.02, canaryShare: 0.1 },
  { rate: 0.9, canaryShare: 0.3 },
])(
  "compareRates() looked at after every request alarms falsely in at most alpha of runs: %o",
  ({ rate, canaryShare }) => {
    const rates = { stable: rate, canary: rate, canaryShare };
    expect(everAlarmed(rates, 3000, 500, alwaysValid)).toBeLessThanOrEqual(ALPHA);
  },
);

test("the same looks with a test made for one look alarm falsely in far more than alpha of runs", () => {
  const rates = { stable: 0.3, canary: 0.3, canaryShare: 0.5 };
  expect(everAlarmed(rates, 3000, 200, zTest)).toBeGreaterThan(3 * ALPHA);
});

test("compareRates() finds a canary that fails in 10 % instead of 2 % of requests, at a tenth of the traffic", () => {
  const rates = { stable: 0.02, canary: 0.1, canaryShare: 0.1 };
  expect(everAlarmed(rates, 4000, 200, alwaysValid)).toBeGreaterThan(0.9);
});

test("the interval of compareRates() holds the true difference at every look in all but alpha of runs", () => {
  let missed = 0;
  const RUNS = 100;
  for (let run = 0; run < RUNS; run++) {
    const source = random(10_000 + run);
    const stable = { events: 0, trials: 0 };
    const canary = { events: 0, trials: 0 };
    let everMissed = false;
    for (let i = 1; i <= 2000; i++) {
      const arm = i % 4 === 0 ? canary : stable;
      arm.trials++;
      if (source.uniform() < (arm === canary ? 0.15 : 0.1)) arm.events++;
      if (i % 50 !== 0) continue;
      const { lower, upper } = compareRates(stable, canary, ALPHA);
      if (lower > 0.05 || upper < 0.05) everMissed = true;
    }
    if (everMissed) missed++;
  }
  expect(missed / RUNS).toBeLessThanOrEqual(ALPHA);
});

test("compareRates() gives an interval around the measured difference, without 0 exactly when p < alpha", () => {
  fc.assert(
    fc.property(rateCounts, rateCounts, (stable, canary) => {
      const { difference, lower, upper, pValue } = compareRates(stable, canary, ALPHA);
      expect(lower).toBeLessThanOrEqual(difference);
      expect(upper).toBeGreaterThanOrEqual(difference);
      expect(lower).toBeGreaterThanOrEqual(-1);
      expect(upper).toBeLessThanOrEqual(1);
      // At the very boundary the two differ by rounding.
      if (Math.abs(pValue - ALPHA) > 1e-4) expect(lower > 0 || upper < 0).toBe(pValue < ALPHA);
      const turned = compareRates(canary, stable, ALPHA);
      expect(turned.lower).toBeCloseTo(-upper, 6);
      expect(turned.upper).toBeCloseTo(-lower, 6);
    }),
    { numRuns: 300 },
  );
});

test("compareRates() says nothing without trials, and bounds the difference when there are many", () => {
  const none = { events: 0, trials: 0 };
  expect(compareRates(none, none, ALPHA)).toEqual({ difference: 0, lower: -1, upper: 1, pValue: 1 });
  const { lower, upper } = compareRates({ events: 200, trials: 10_000 }, { events: 20, trials: 1000 }, ALPHA);
  expect(lower).toBeLessThan(0);
  expect(upper).toBeLessThan(0.03);
});

test("compareQuantiles() looked at again and again alarms falsely in at most alpha of runs, with heavy tails too", () => {
  const RUNS = 200;
  let alarmed = 0;
  for (let run = 0; run < RUNS; run++) {
    const source = random(20_000 + run);
    const [stable, canary] = [emptySketch(), emptySketch()];
    for (let i = 1; i <= 2000; i++) {
      // Pareto with an infinite mean.
      addToSketch(i % 3 === 0 ? canary : stable, (1 - source.uniform()) ** -1.2);
      if (i % 20 !== 0) continue;
      const { lower, upper } = compareQuantiles(stable, canary, 0.5, ALPHA);
      if (lower > 0 || upper < 0) {
        alarmed++;
        break;
      }
    }
  }
  expect(alarmed / RUNS).toBeLessThanOrEqual(ALPHA);
});

test("compareQuantiles() finds a canary whose 95th percentile is half as long again", () => {
  const source = random(4);
  const [stable, canary] = [emptySketch(), emptySketch()];
  for (let i = 0; i < 6000; i++) {
    addToSketch(stable, 0.2 * Math.exp(0.3 * source.normal()));
    if (i % 4 === 0) addToSketch(canary, 0.3 * Math.exp(0.3 * source.normal()));
  }
  const { difference, lower, upper } = compareQuantiles(stable, canary, 0.95, ALPHA);
  const truth = 0.1 * Math.exp(0.3 * 1.645);
  expect(lower).toBeGreaterThan(0);
  expect(lower).toBeLessThan(truth);
  expect(upper).toBeGreaterThan(truth);
  expect(Math.abs(difference - truth)).toBeLessThan(0.05);
});

test("compareQuantiles() is unbounded while values are few, and holds for values that are all equal", () => {
  const [few, many] = [emptySketch(), emptySketch()];
  for (let i = 0; i < 130; i++) addToSketch(few, 5);
  for (let i = 0; i < 131; i++) addToSketch(many, 5);
  expect(compareQuantiles(few, few, 0.95, ALPHA)).toEqual({ difference: 0, lower: -Infinity, upper: Infinity });
  expect(compareQuantiles(many, many, 0.95, ALPHA)).toEqual({ difference: 0, lower: 0, upper: 0 });
});

test("comparisons refuse counts that cannot be, and an alpha outside 0 to 1", () => {
  const fine = { events: 1, trials: 2 };
  for (const wrong of [
    { events: 3, trials: 2 },
    { events: -1, trials: 2 },
    { events: 0.5, trials: 2 },
    { events: 0, trials: Number.NaN },
  ])
    expect(() => compareRates(fine, wrong, ALPHA)).toThrow(`found ${wrong.events} events in ${wrong.trials} trials`);
  const sketch = emptySketch();
  for (const alpha of [0, 1, Number.NaN]) {
    expect(() => compareRates(fine, fine, alpha)).toThrow(`found alpha ${alpha}`);
    expect(() => compareQuantiles(sketch, sketch, 0.5, alpha)).toThrow(`found alpha ${alpha}`);
  }
  expect(() => compareQuantiles(sketch, sketch, 1, ALPHA)).toThrow("found quantile 1");
  expect(() => compareQuantiles(sketch, sketch, 0.5, ALPHA)).toThrow("0 values");
});
