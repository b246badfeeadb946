import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addToSketch,
  boundsAtRank,
  emptySketch,
  GREATEST_VALUE,
  LEAST_VALUE,
  mergeSketches,
  quantile,
  type QuantileSketch,
  quantileSketchSchema,
  RELATIVE_ACCURACY,
} from "./quantile_sketch.ts";

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = emptySketch();
  for (const value of values) addToSketch(sketch, value);
  return sketch;
}

const value = fc.oneof(
  fc.constantFrom(0, LEAST_VALUE, GREATEST_VALUE, 1, Number.MIN_VALUE),
  fc.double({ min: 0, max: GREATEST_VALUE, noNaN: true }),
  fc.double({ min: -9, max: 12, noNaN: true }).map((exponent) => 10 ** exponent),
);
const values = fc.array(value, { maxLength: 60 });

test("quantile() is within the relative accuracy of the exact quantile, for any values and any q", () => {
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (all, q) => {
        const exact = all.toSorted((a, b) => a - b)[Math.floor(q * (all.length - 1))] as number;
        const error = Math.abs(quantile(sketchOf(all), q) - exact);
        expect(error).toBeLessThanOrEqual(
          RELATIVE_ACCURACY * exact * (1 + 1e-12) + (exact < LEAST_VALUE ? LEAST_VALUE : 0),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

test("boundsAtRank() holds the value of the rank", () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), fc.nat(), (all, at) => {
      const rank = at % all.length;
      const exact = all.toSorted((a, b) => a - b)[rank] as number;
      const { lower, upper } = boundsAtRank(sketchOf(all), rank);
      expect(lower).toBeLessThanOrEqual(exact);
      expect(upper).toBeGreaterThanOrEqual(exact);
    }),
  );
});

test("mergeSketches() is the sketch of all values, whatever the order and the grouping, to the byte", () => {
  fc.assert(
    fc.property(values, values, values, (a, b, c) => {
      const [sa, sb, sc] = [a, b, c].map(sketchOf) as [QuantileSketch, QuantileSketch, QuantileSketch];
      const whole = JSON.stringify(sketchOf([...c, ...a, ...b]));
      expect(JSON.stringify(mergeSketches(mergeSketches(sa, sb), sc))).toBe(whole);
      expect(JSON.stringify(mergeSketches(sa, mergeSketches(sb, sc)))).toBe(whole);
      expect(JSON.stringify(mergeSketches(mergeSketches(sc, sb), sa))).toBe(whole);
      expect(JSON.stringify(mergeSketches(emptySketch(), mergeSketches(sa, mergeSketches(sb, sc))))).toBe(whole);
    }),
  );
});

test("a sketch goes through JSON and its schema unchanged", () => {
  fc.assert(
    fc.property(values, (all) => {
      const sketch = sketchOf(all);
      expect(quantileSketchSchema.parse(JSON.parse(JSON.stringify(sketch)))).toEqual(sketch);
    }),
  );
});

test("a sketch of a hundred thousand latencies from 1 ms to 10 s takes less than 4 KB", () => {
  const latencies = Array.from({ length: 100_000 }, (_, i) => 0.001 * 10_000 ** (i / 99_999));
  expect(JSON.stringify(sketchOf(latencies)).length).toBeLessThan(4096);
});

test("quantileSketchSchema refuses counts that do not add up, bins out of range and ends that are empty", () => {
  const sketch = sketchOf([0, 1, 2]);
  const refused = [
    { ...sketch, count: 4 },
    { ...sketch, least: 3 },
    { ...sketch, least: null },
    { ...sketch, firstBin: 1e6 },
    { ...sketch, bins: [0, ...sketch.bins] },
    { ...sketch, bins: Array.from({ length: 5000 }, () => 1), count: 5001 },
    { ...sketch, more: 1 },
  ];
  for (const one of refused) expect(quantileSketchSchema.safeParse(one).success).toBe(false);
});

test("addToSketch() refuses what is no measurement and leaves the sketch as it was", () => {
  const sketch = sketchOf([1]);
  for (const wrong of [-1, Number.NaN, Infinity, GREATEST_VALUE * 2])
    expect(() => addToSketch(sketch, wrong)).toThrow(`found ${wrong}`);
  expect(sketch).toEqual(sketchOf([1]));
});

test("quantile() refuses an empty sketch and a q outside 0 to 1", () => {
  expect(() => quantile(emptySketch(), 0.5)).toThrow("0 values");
  expect(() => quantile(sketchOf([1]), 1.5)).toThrow("found quantile 1.5");
});
