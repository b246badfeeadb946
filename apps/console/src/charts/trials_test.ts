import { expect, test } from "vitest";
import { trialCurves } from "./trials.ts";

test("trialCurves() draws trials that were validated before their first step alone", () => {
  const validations = [{ step: 0, loss: 5 }];
  const trial = {
    number: 0,
    trialId: "run.t0",
    values: {},
    state: "running",
    objective: null,
    detail: null,
    validations,
  } as const;
  expect(String(trialCurves([trial], "one trial"))).not.toMatch(/NaN|Infinity/);
});
