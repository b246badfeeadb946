import fc from "fast-check";
import { expect, test } from "vitest";
import { sumOfSquares } from "./gradient_norm.ts";

test("sumOfSquares() equals the plain sum to within rounding for any length", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200_000 }), (length) => {
      const vector = Float32Array.from({ length }, (_, i) => Math.sin(i));
      let plain = 0;
      for (const value of vector) plain += value * value;
      expect(sumOfSquares(vector)).toBeCloseTo(plain, 6);
    }),
    { numRuns: 20 },
  );
});

test("sumOfSquares() adds blocks along the tree, not one after another", () => {
  // Five blocks with one value each: ((a + b) + (c + d)) + e, where the order shows in the last bits.
  const values = [1, 3e-9, 1e-9, 2e-9, 1.1].map((square) => Math.fround(Math.sqrt(square)));
  const vector = new Float32Array(5 * 65_536);
  values.forEach((value, block) => (vector[block * 65_536 + 7] = value));
  const [a, b, c, d, e] = values.map((value) => value * value) as [number, number, number, number, number];
  expect(sumOfSquares(vector)).toBe(a + b + (c + d) + e);
});

test("sumOfSquares() is not finite when an element is not", () => {
  expect(sumOfSquares(Float32Array.of(1, NaN))).toBeNaN();
  expect(sumOfSquares(Float32Array.of(1, -Infinity))).toBe(Infinity);
});
