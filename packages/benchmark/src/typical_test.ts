import { expect, test } from "vitest";
import { rate, typical } from "./typical.ts";

test("typical() gives the median and the distance of the quartiles as its share, in any order", () => {
  expect(typical([5, 1, 3, 2, 4])).toEqual({ value: 3, spread: 2 / 3 });
  expect(typical([1, 2, 3, 4])).toEqual({ value: 2.5, spread: 0.6 });
  expect(typical([7])).toEqual({ value: 7, spread: 0 });
});

test("typical() refuses what is no measurement", () => {
  expect(() => typical([])).toThrow(/found none/);
  expect(() => typical([1, Number.NaN])).toThrow(/found NaN/);
  expect(() => typical([1, 0])).toThrow(/found 0/);
  expect(() => rate(10, [1, 0])).toThrow(/found Infinity/);
});

test("rate() is the median of the rounds' rates", () => {
  expect(rate(12, [2, 3, 4])).toEqual({ value: 4, spread: (5 - 3.5) / 4 });
});
