import { expect, test } from "vitest";
import { createPauseLedger } from "./pause_ledger.ts";

const leaf = (index: number, lossSum: number, targetCount: number) => ({ leaf: index, lossSum, targetCount });

test("createPauseLedger() gives the same loss whoever computed which leaf, weighted by targets", () => {
  const one = createPauseLedger();
  one.reached("a", 4, [leaf(0, 1, 1), leaf(1, 5, 2), leaf(2, 3, 3)]);
  const two = createPauseLedger();
  two.reached("b", 4, [leaf(2, 3, 3)]);
  two.reached("a", 4, [leaf(0, 1, 1), leaf(1, 5, 2)]);
  expect(one.loss(3)).toBe(9 / 6);
  expect(two.loss(3)).toBe(one.loss(3));
});

test("createPauseLedger() is complete when every member has reached the same step", () => {
  const ledger = createPauseLedger();
  ledger.reached("a", 4, []);
  expect(ledger.complete(["a", "b"])).toBe(false);
  ledger.reached("b", 5, []);
  expect(ledger.complete(["a", "b"])).toBe(false);
  ledger.reached("a", 5, []);
  expect(ledger.complete(["a", "b"])).toBe(true);
  expect(ledger.complete([])).toBe(false);
});

test("createPauseLedger() throws when nobody computed a leaf", () => {
  const ledger = createPauseLedger();
  ledger.reached("a", 4, [leaf(0, 1, 1)]);
  expect(() => ledger.loss(2)).toThrow("validation leaf 1 after 4 steps was computed by nobody");
});
