import { expect, test } from "vitest";
import { arithmeticDifference } from "./arithmetic_difference.ts";

const own = { runtime: "onnxruntime 1.0", library: "aa", kernelClass: "x64 avx2", probe: "bb" };

test("arithmeticDifference() has nothing to say when only the words for the processor differ", () => {
  expect(arithmeticDifference(own, { ...own, kernelClass: "x64" })).toBeUndefined();
});

test("arithmeticDifference() names what was found and what was wanted when a probe differs", () => {
  expect(arithmeticDifference(own, { ...own, kernelClass: "arm64 neon", probe: "cc" })).toBe(
    "probe is cc (arm64 neon), wanted bb (x64 avx2)",
  );
});
