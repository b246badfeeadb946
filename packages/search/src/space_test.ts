import fc from "fast-check";
import { expect, test } from "vitest";
import { placeOf, valueAt } from "./space.ts";
import { anyDimension, anyValueOf } from "./testing/any_space.ts";

test("valueAt() gives back the value whose place placeOf() says, of every kind of dimension", () => {
  const valued = anyDimension.chain((dimension) => fc.tuple(fc.constant(dimension), anyValueOf(dimension)));
  fc.assert(
    fc.property(valued, ([dimension, value]) => {
      const back = valueAt(dimension, placeOf(dimension, value));
      if (dimension.kind === "float") expect(back).toBeCloseTo(value as number, 6);
      else expect(back).toBe(value);
    }),
  );
});

test("valueAt() stays within the bounds at every place", () => {
  fc.assert(
    fc.property(anyDimension, fc.double({ min: 0, max: 1, noNaN: true }), (dimension, place) => {
      if (dimension.kind === "categorical") return;
      const value = valueAt(dimension, place) as number;
      expect(value).toBeGreaterThanOrEqual(dimension.low);
      expect(value).toBeLessThanOrEqual(dimension.high);
      if (dimension.kind === "integer") expect(Number.isInteger(value)).toBe(true);
    }),
  );
});

test("valueAt() gives equal factors equal shares on a logarithmic scale", () => {
  const rate = { kind: "float", low: 1e-4, high: 1, log: true } as const;
  expect([0, 0.25, 0.5, 1].map((place) => valueAt(rate, place))).toEqual([
    expect.closeTo(1e-4, 10),
    expect.closeTo(1e-3, 10),
    expect.closeTo(1e-2, 10),
    1,
  ]);
});
