import { expect, test } from "vitest";
import { largestNumber } from "./largest_number.ts";

test("largestNumber() gives the largest absolute value, or what is not finite", async () => {
  expect(await largestNumber(Float32Array.of(1, -3, 2))).toBe(3);
  expect(await largestNumber(new Float32Array(0))).toBe(0);
  expect(await largestNumber(Float32Array.of(1, -Infinity, 2))).toBe(Infinity);
  expect(await largestNumber(Float32Array.of(1, NaN, 2))).toBe(NaN);
});

test("largestNumber() lets others go on before it has read a long vector to the end", async () => {
  const numbers = new Float32Array(2 ** 20 + 1);
  numbers[2 ** 20] = NaN;
  let hasGoneOn = false;
  setTimeout(() => (hasGoneOn = true));
  expect(await largestNumber(numbers)).toBe(NaN);
  expect(hasGoneOn).toBe(true);
});
