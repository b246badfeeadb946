import { expect, test } from "vitest";
import { sumLosses } from "./loss_sum.ts";

test("sumLosses() adds along the fixed tree", () => {
  const losses = [0.1, 0.2, 0.3, 0.4, 0.5].map((lossSum) => ({ lossSum, targetCount: 2 }));
  expect(sumLosses(losses)).toEqual({ lossSum: 0.1 + 0.2 + (0.3 + 0.4) + 0.5, targetCount: 10 });
});

test("sumLosses() refuses an empty list", () => {
  expect(() => sumLosses([])).toThrow("cannot sum no losses");
});
