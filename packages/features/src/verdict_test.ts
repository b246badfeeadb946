import { expect, test } from "vitest";
import { bitsPerByte, verdict } from "./verdict.ts";

test("bitsPerByte() of a fair coin a byte is 1", () => {
  expect(bitsPerByte(10 * Math.LN2, 10)).toBeCloseTo(1, 12);
});

test("bitsPerByte() refuses a text of no bytes and nats that are not finite", () => {
  expect(() => bitsPerByte(1, 0)).toThrow(RangeError);
  expect(() => bitsPerByte(Number.POSITIVE_INFINITY, 1)).toThrow(RangeError);
});

test.each([
  [3, "better than gzip, not better than xz that has seen the training text or counting"],
  [2.5, "better than gzip and xz that has seen the training text, not better than counting"],
  [2, "better than gzip, xz that has seen the training text and counting"],
  [4, "not better than gzip, xz that has seen the training text or counting"],
])("verdict() of %d bits per byte says %j", (model, words) => {
  expect(verdict({ model, gzip: 3.2, xzPrimed: 2.6, ngram: 2.5 })).toBe(words);
});

test("verdict() refuses a figure that was not measured", () => {
  expect(() => verdict({ model: 2, gzip: Number.NaN, xzPrimed: 2, ngram: 2 })).toThrow("gzip is NaN");
});
