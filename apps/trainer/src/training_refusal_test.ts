import { NonFiniteGradientError } from "@millrace/training";
import { expect, test } from "vitest";
import { refusalCodeOf, refusalOf, trainingError } from "./training_refusal.ts";

test("refusalOf() names what another attempt would meet again, by its code and not by its words", () => {
  const overflow = trainingError("non_finite_loss", "node 0 failed: step 7");
  expect(refusalOf(overflow)).toEqual({ code: "non_finite_loss", message: "training: node 0 failed: step 7" });
  expect(refusalOf(trainingError("fingerprint_mismatch", "moved"))?.code).toBe("fingerprint_mismatch");
  expect(refusalCodeOf(new NonFiniteGradientError("step 7"))).toBe("non_finite_loss");
});

test("refusalOf() leaves what may pass to another attempt", () => {
  expect(refusalOf(trainingError(undefined, "the gradient is not finite; it computes differently"))).toBe(undefined);
  expect(refusalOf("non_finite_loss")).toBe(undefined);
});
