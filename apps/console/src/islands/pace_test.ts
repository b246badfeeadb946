import { expect, test } from "vitest";
import { tokenRate } from "./pace.ts";

test("tokenRate() counts from the first token on, and tells nothing of an answer that came in one burst", () => {
  expect(tokenRate(53, 1000)).toBe(52);
  expect(tokenRate(11, 100)).toBe(100);
  for (const restMs of [0, 4.6, 99]) expect(tokenRate(48, restMs)).toBeUndefined();
  expect(tokenRate(1, 1000)).toBeUndefined();
});
