import { expect, test } from "vitest";
import { NO_VALIDATION_YET, shouldStop, updateEarlyStopping } from "./early_stopping.ts";

function after(losses: readonly number[]) {
  return losses.reduce((state, loss, step) => updateEarlyStopping(state, step, loss), NO_VALIDATION_YET);
}

test("updateEarlyStopping() keeps the least loss and counts the validations since", () => {
  expect(after([3, 2, 2.5, 2])).toEqual({ bestLoss: 2, bestStep: 1, checksWithoutImprovement: 2 });
});

test("shouldStop() stops when patience validations brought no improvement", () => {
  expect(shouldStop(after([3, 2, 2.5]), 2)).toBe(false);
  expect(shouldStop(after([3, 2, 2.5, NaN]), 2)).toBe(true);
});

test("shouldStop() never stops when there is no patience to lose", () => {
  expect(shouldStop(after([1, 2, 3, 4, 5]), undefined)).toBe(false);
});
