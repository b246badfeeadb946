import fc from "fast-check";
import { expect, test } from "vitest";
import { addToHistogram, emptyHistogram, type Histogram, histogramSchema, mergeHistograms } from "./histogram.ts";

const EDGES = [0, 1, 2.5];

function histogramOf(values: readonly number[]): Histogram {
  const histogram = emptyHistogram(EDGES);
  for (const value of values) addToHistogram(histogram, value);
  return histogram;
}

test("addToHistogram() counts a value in the bin whose upper edge it does not pass", () => {
  expect(histogramOf([-5, 0, 0.1, 1, 1.1, 2.5, 2.6, Infinity]).counts).toEqual([2, 2, 2, 2]);
});

test("mergeHistograms() gives one histogram whatever the order and the grouping, and it fits the schema", () => {
  const values = fc.array(fc.double({ noNaN: true }));
  fc.assert(
    fc.property(values, values, values, (a, b, c) => {
      const [ha, hb, hc] = [a, b, c].map(histogramOf) as [Histogram, Histogram, Histogram];
      const whole = histogramOf([...b, ...c, ...a]);
      expect(mergeHistograms(mergeHistograms(ha, hb), hc)).toEqual(whole);
      expect(mergeHistograms(ha, mergeHistograms(hc, hb))).toEqual(whole);
      expect(histogramSchema.parse(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
    }),
  );
});

test("histograms refuse other edges, edges that do not ascend, and NaN", () => {
  expect(() => mergeHistograms(emptyHistogram([1, 2]), emptyHistogram([1, 3]))).toThrow(
    "found edges [1, 3], wanted [1, 2]",
  );
  for (const edges of [[], [1, 1], [2, 1], [Number.NaN], [Infinity]])
    expect(() => emptyHistogram(edges)).toThrow(RangeError);
  expect(() => addToHistogram(emptyHistogram([1]), Number.NaN)).toThrow("found NaN");
  expect(histogramSchema.safeParse({ ...emptyHistogram([1, 2]), counts: [0, 0] }).success).toBe(false);
  expect(histogramSchema.safeParse({ ...emptyHistogram([1, 2]), edges: [2, 1] }).success).toBe(false);
});
