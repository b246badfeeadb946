import { expect, test } from "vitest";
import { type ComparedRun, comparisonFinding, differingColumns } from "./run_comparison.ts";
import { recipe, runAt, trainingUntil } from "./testing/scene_data.ts";

const compared = (id: string, over: Partial<ComparedRun["training"]> = {}, bitsPerByte = 2): ComparedRun => ({
  run: runAt("serving", { id }),
  color: 1,
  training: { ...trainingUntil(900), ...over },
  recipe,
  bitsPerByte,
});
const validated = (validationLoss: number) => ({ points: [{ step: 9, validationLoss, elapsedSeconds: 1 }] });
const otherTokens = { tokenized: { sha256: "c".repeat(64), sizeBytes: 1, mediaType: "application/json" } };

test("comparisonFinding() names the best run by validation loss where the tokens are the same", () => {
  expect(comparisonFinding([compared("a", validated(3)), compared("b", validated(2.7))])).toBe(
    "b is best: 2.70 nats a token, 10 % below a",
  );
  expect(comparisonFinding([compared("a", validated(3)), compared("b", validated(3.001))])).toContain("equally good");
});

test("comparisonFinding() compares bits per byte where the tokens differ", () => {
  const runs = [compared("a", validated(2), 2.2), compared("b", { ...validated(3), ...otherTokens }, 1.1)];
  expect(comparisonFinding(runs)).toBe("b is best: 1.10 bits a byte, 50 % below a");
});

test("differingColumns() leaves out what is the same in all runs", () => {
  expect(differingColumns([compared("a"), compared("b")])).toEqual([]);
  expect(differingColumns([compared("a"), compared("b", { steps: 100 })])).toEqual([
    { key: "steps", values: ["900", "100"] },
  ]);
});
