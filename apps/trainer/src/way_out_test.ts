import { expect, test } from "vitest";
import { withWayOut } from "./way_out.ts";

const train = { optimiser: { name: "muon", momentum: 0.95, nesterov: true }, learningRate: 0.01 } as const;
const onwards = { train, origin: { run: "run-5e6f7a8b", step: 20 } };
const overflow = { code: "non_finite_loss", message: "training: step 63: too much" } as const;

test("withWayOut() names the checkpoint from which a run with a lower learning rate goes on", () => {
  expect(withWayOut(overflow, "run-1a2b3c4d", [20, 40, 60], { train }).message).toBe(
    'training: step 63: too much; "millrace run --again run-1a2b3c4d --set train.from=run-1a2b3c4d@60 --set train.optimiser=muon --set train.learningRate=0.001" goes on from its checkpoint after 60 steps; where it ends the same way, take an earlier one: after 20, 40',
  );
  expect(withWayOut(overflow, "run-1a2b3c4d", [20], onwards).message).toMatch(
    /after 20 steps; where it ends the same way, take an earlier one: of run-5e6f7a8b, before step 20$/,
  );
  expect(withWayOut(overflow, "run-1a2b3c4d", [], { train })).toBe(overflow);
});

test("withWayOut() has other arithmetic begin anew, unless that would go on from what was made elsewhere", () => {
  const moved = { code: "fingerprint_mismatch", message: "training: moved" } as const;
  expect(withWayOut(moved, "run-1a2b3c4d", [20], { train }).message).toBe(
    'training: moved; "millrace run --again run-1a2b3c4d" starts it anew',
  );
  expect(withWayOut(moved, "run-1a2b3c4d", [20], onwards)).toBe(moved);
});
