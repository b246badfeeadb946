import { expect, test } from "vitest";
import { otherArithmetic } from "./training_arithmetic.ts";

const own = { runtime: "onnxruntime 1.0", library: "aa", kernelClass: "x64 avx2", probe: "bb", revision: 2 };

function words(made: number, now: number): string {
  return `it was made with other arithmetic, revision ${made} of this project's, and here is revision ${now}`;
}

test("otherArithmetic() has nothing to say of equal revisions on one runtime, and names a runtime that differs", () => {
  expect(otherArithmetic(own, { ...own })).toBeUndefined();
  expect(otherArithmetic(own, { ...own, probe: "cc" })).toContain("probe is cc");
});

test("otherArithmetic() names both revisions before all else, and what has none is of the first", () => {
  const { revision, ...before } = own;
  expect(otherArithmetic({ ...own, revision: 3, probe: "cc" }, own)).toBe(words(3, revision));
  expect(otherArithmetic(before, own)).toBe(words(1, revision));
  expect(otherArithmetic(before, { ...own, revision: 1 })).toBeUndefined();
});
