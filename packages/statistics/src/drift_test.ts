import fc from "fast-check";
import { expect, test } from "vitest";
import { chiSquare } from "./chi_square.ts";
import { jensenShannon } from "./jensen_shannon.ts";
import { kolmogorovSmirnov } from "./kolmogorov_smirnov.ts";
import { populationStability } from "./population_stability.ts";
import { random } from "./testing/random.ts";
import { DRIFT_THRESHOLDS } from "./thresholds.ts";

const counts = fc
  .array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 30 })
  .filter((bins) => bins.some((bin) => bin > 0));

test("measures of drift are symmetric, in their ranges, and 0 of a sample and itself", () => {
  fc.assert(
    fc.property(counts, counts, (a, b) => {
      const index = populationStability(a, b, 0.01);
      expect(index.value).toBeGreaterThanOrEqual(0);
      expect(populationStability(b, a, 0.01).value).toBeCloseTo(index.value, 9);
      expect(populationStability(a, a, 0.01)).toMatchObject({ value: 0, drifted: false });
      const distance = jensenShannon(a, b);
      expect(distance).toBeLessThanOrEqual(Math.sqrt(Math.LN2) + 1e-12);
      expect(jensenShannon(b, a)).toBeCloseTo(distance, 7);
      expect(jensenShannon(a, a)).toBe(0);
      const { pValue } = chiSquare(a, b);
      expect(pValue).toBeGreaterThanOrEqual(0);
      expect(pValue).toBeLessThanOrEqual(1);
      expect(chiSquare(a, a).pValue).toBeCloseTo(1, 9);
    }),
  );
});

test("bins empty in both change nothing, wherever they are", () => {
  fc.assert(
    fc.property(counts, fc.nat({ max: 5 }), (a, more) => {
      const padding = Array.from({ length: more }, () => 0);
      const b = a.toReversed();
      for (const measure of [
        (x: number[], y: number[]) => populationStability(x, y, 0.01).value,
        jensenShannon,
        (x: number[], y: number[]) => chiSquare(x, y).statistic,
      ])
        expect(measure([...padding, ...a, ...padding], [...padding, ...b])).toBe(measure(a, b));
    }),
  );
});

test("kolmogorovSmirnov() has p = 1 for equal samples, and depends on ranks alone", () => {
  const sample = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(sample, sample, (a, b) => {
      expect(kolmogorovSmirnov(a, a.toReversed())).toEqual({ statistic: 0, pValue: 1 });
      const [cubesA, cubesB] = [a, b].map((sample) => sample.map((x) => x ** 3)) as [number[], number[]];
      expect(kolmogorovSmirnov(cubesA, cubesB)).toEqual(kolmogorovSmirnov(a, b));
      expect(kolmogorovSmirnov(b, a).pValue).toBeCloseTo(kolmogorovSmirnov(a, b).pValue, 12);
    }),
  );
});

/** The share of bins that a histogram of the corpus profile has: nearly all in the middle, few at the ends. */
const BELL = Array.from({ length: 20 }, (_, bin) => Math.exp(-(((bin - 14) / 1.5) ** 2) / 2));
const EVEN = Array.from({ length: 10 }, () => 1);
const TAIL = [9, ...Array.from({ length: 15 }, () => 1 / 15)];

interface NullCase {
  readonly name: string;
  readonly weights: number[];
  readonly current: number;
  /** Band of the false alarm rate at 5 %. Smoothing errs on the side of silence where counts are small. */
  readonly band: readonly [number, number];
}

const NULL_CASES: NullCase[] = [
  { name: "even bins", weights: EVEN, current: 1000, band: [0.035, 0.065] },
  { name: "even bins", weights: EVEN, current: 100, band: [0.03, 0.06] },
  { name: "even bins", weights: EVEN, current: 10, band: [0, 0.005] },
  { name: "a bell", weights: BELL, current: 1000, band: [0.02, 0.05] },
  { name: "a bell", weights: BELL, current: 30, band: [0, 0.02] },
  { name: "a thin tail", weights: TAIL, current: 1000, band: [0.035, 0.07] },
  { name: "a thin tail", weights: TAIL, current: 100, band: [0, 0.02] },
];

test.each(NULL_CASES)(
  "populationStability() is above its noise as often as asked without drift: $name, $current values",
  ({ weights, current, band }) => {
    const source = random(current);
    const ROUNDS = 2000;
    let above = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const reference = source.counts(1000, weights);
      const { value, noise } = populationStability(reference, source.counts(current, weights), 0.05);

      if (value > noise) above++;
    }
    expect(above / ROUNDS).toBeGreaterThanOrEqual(band[0]);
    expect(above / ROUNDS).toBeLessThanOrEqual(band[1]);
  },
);

test("populationStability() of samples from one distribution is (B - 1)(1/n + 1/m) on average", () => {
  const source = random(3);
  const [n, m, rounds] = [500, 300, 3000];
  let sum = 0;
  for (let i = 0; i < rounds; i++)
    sum += populationStability(source.counts(n, EVEN), source.counts(m, EVEN), 0.05).value;
  const expected = (EVEN.length - 1) * (1 / n + 1 / m);
  expect(sum / rounds / expected).toBeGreaterThan(0.95);
  expect(sum / rounds / expected).toBeLessThan(1.05);
});

test("a window of 40 prompts alarms under the bare threshold and not under the noise, and does when it drifts", () => {
  const source = random(11);
  const reference = source.counts(20_000, BELL);
  const shifted = BELL.map((_, bin) => BELL[bin + 4] ?? 0);
  const [bare, quiet, found] = [0, 0, 0].map(() => ({ n: 0 })) as [{ n: number }, { n: number }, { n: number }];
  for (let i = 0; i < 300; i++) {
    const same = populationStability(reference, source.counts(40, BELL), 0.001);
    if (same.value >= DRIFT_THRESHOLDS.populationStability) bare.n++;
    if (same.drifted) quiet.n++;
    if (populationStability(reference, source.counts(40, shifted), 0.001).drifted) found.n++;
  }
  expect(bare.n).toBeGreaterThan(200);
  expect(quiet.n).toBeLessThanOrEqual(2);
  expect(found.n).toBe(300);
});

test("populationStability() does not call a certain but tiny difference drift", () => {
  const { value, noise, drifted } = populationStability([500_000, 500_000], [520_000, 480_000], 0.001);
  expect(value).toBeGreaterThan(noise);
  expect(drifted).toBe(false);
});

test("chiSquare() and kolmogorovSmirnov() have even p values without drift", () => {
  const source = random(5);
  const ROUNDS = 2000;
  const below = { chiSquare: 0, kolmogorovSmirnov: 0 };
  const sample = (n: number): number[] => Array.from({ length: n }, () => source.normal());
  for (let i = 0; i < ROUNDS; i++) {
    if (chiSquare(source.counts(400, EVEN), source.counts(300, EVEN)).pValue < 0.05) below.chiSquare++;
    if (kolmogorovSmirnov(sample(50), sample(37)).pValue < 0.05) below.kolmogorovSmirnov++;
  }
  for (const found of Object.values(below)) {
    expect(found / ROUNDS).toBeGreaterThan(0.035);
    expect(found / ROUNDS).toBeLessThan(0.065);
  }
});

test("measures of drift refuse empty samples and counts that are none", () => {
  for (const measure of [(a: number[], b: number[]) => populationStability(a, b, 0.01), jensenShannon, chiSquare]) {
    expect(() => measure([0, 0], [1, 2])).toThrow("found 0 and 3 values");
    expect(() => measure([1, 2], [1, -2])).toThrow("found the count -2");
    expect(() => measure([1, 2.5], [1, 2])).toThrow("found the count 2.5");
    expect(() => measure([1, Number.NaN], [1, 2])).toThrow("found the count NaN");
  }
  expect(() => populationStability([1], [1], 0)).toThrow("found a false alarm rate of 0");
  expect(() => kolmogorovSmirnov([], [1])).toThrow("found no values");
  expect(() => kolmogorovSmirnov([1], [Number.NaN])).toThrow("found NaN");
});
