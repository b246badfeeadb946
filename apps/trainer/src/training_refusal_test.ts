import { expect, test } from "vitest";
import { refusalOf } from "./training_refusal.ts";

test("refusalOf() names what another attempt would meet again", () => {
  const overflow = 'node "node-0" failed: step 7: the gradient of "transformer.wte.weight" is not finite; a lower …';
  expect(refusalOf(new Error(overflow))).toEqual({ code: "non_finite_loss", message: `training: ${overflow}` });
  const moved = "9 nodes were lost …; the last one: refused: it computes differently from the run: probe is …";
  expect(refusalOf(new Error(moved))?.code).toBe("fingerprint_mismatch");
});

test("refusalOf() leaves what may pass to another attempt", () => {
  expect(refusalOf(new Error("9 nodes were lost without one step in between; the last one: ended with code 1"))).toBe(
    undefined,
  );
});
