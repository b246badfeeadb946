import fc from "fast-check";
import { expect, test } from "vitest";
import { checkSpace, placeOf, type Space, valueAt } from "./space.ts";
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

test("checkSpace() says which key has no value or bounds that do not fit", () => {
  const wrong: [Space, RegExp][] = [
    [{}, /empty space/],
    [{ a: { kind: "categorical", choices: [] } }, /searching a: found choices \[\]/],
    [{ a: { kind: "categorical", choices: [1, 1] } }, /all different/],
    [{ a: { kind: "float", low: 1, high: 1, log: false } }, /lower bound below/],
    [{ a: { kind: "float", low: 0, high: 1, log: true } }, /above 0/],
    [{ a: { kind: "float", low: 0, high: Infinity, log: false } }, /finite/],
    [{ a: { kind: "integer", low: 0.5, high: 2, log: false } }, /whole numbers/],
    [{ a: { kind: "integer", low: 3, high: 2, log: false } }, /lower bound below/],
  ];
  for (const [space, message] of wrong) expect(() => checkSpace(space)).toThrow(message);
  checkSpace({ a: { kind: "integer", low: 2, high: 2, log: true }, b: { kind: "categorical", choices: ["x"] } });
});
