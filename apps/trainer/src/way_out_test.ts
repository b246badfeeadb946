import { expect, test } from "vitest";
import { withWayOut } from "./way_out.ts";

const overflow = { code: "non_finite_loss", message: "training: step 63: too much" } as const;

test("withWayOut() names the checkpoint from which a run with a lower learning rate goes on", () => {
  expect(withWayOut(overflow, "docs-1", [20, 40, 60], undefined).message).toBe(
    'training: step 63: too much; "millrace run --again docs-1 --set train.from=docs-1@60 --set train.learningRate=<a lower one>" goes on from its checkpoint after 60 steps (there are others after 20, 40)',
  );
  expect(withWayOut(overflow, "docs-1", [20], { run: "docs", step: 20 }).message).toMatch(/after 20 steps$/);
  expect(withWayOut(overflow, "docs-1", [], undefined)).toBe(overflow);
});

test("withWayOut() has other arithmetic begin anew, unless that would go on from what was made elsewhere", () => {
  const moved = { code: "fingerprint_mismatch", message: "training: moved" } as const;
  expect(withWayOut(moved, "docs-1", [20], undefined).message).toBe(
    'training: moved; "millrace run --again docs-1" starts it anew',
  );
  expect(withWayOut(moved, "docs-1", [20], { run: "docs", step: 20 })).toBe(moved);
});
