import { expect, test } from "vitest";
import { bestTrial, sortTrials, type Trial, trialsFinding, variedKeys } from "./run_trials.ts";

function trial(number: number, more: Partial<Trial>): Trial {
  const values = { "train.learningRate": number / 100, "train.optimiser": number % 2 === 0 ? "adamw" : "muon" };
  return {
    number,
    trialId: `run.t${number}`,
    values,
    state: "completed",
    objective: null,
    detail: null,
    validations: [],
    ...more,
  };
}

const TRIALS = [
  trial(0, { objective: 3.2, validations: [{ step: 90, loss: 3.2 }] }),
  trial(1, { state: "stopped", validations: [{ step: 10, loss: 2.9 }] }),
  trial(2, { objective: 3.1, validations: [{ step: 90, loss: 3.1 }] }),
  trial(3, { state: "failed", detail: "it cannot be" }),
];

test("bestTrial() is the complete one with the least loss, whatever a given up one had", () => {
  expect(bestTrial(TRIALS)?.number).toBe(2);
  expect(bestTrial(TRIALS.slice(1, 2))).toBeUndefined();
  expect(trialsFinding(TRIALS)).toBe("Trial 2 is best with 3.100 nats a token: learningRate 0.02, optimiser adamw");
  expect(trialsFinding(TRIALS.slice(3))).toBe("No trial came to its end");
  expect(trialsFinding([trial(0, { state: "running" })])).toBe("No trial has come to its end yet");
  expect(variedKeys(TRIALS)).toEqual(["train.learningRate", "train.optimiser"]);
});

test.each([
  ["loss", [2, 0, 1, 3]],
  ["-loss", [3, 1, 0, 2]],
  ["number", [0, 1, 2, 3]],
  ["step", [3, 1, 0, 2]],
  ["-train.learningRate", [3, 2, 1, 0]],
  ["train.optimiser", [0, 2, 1, 3]],
  ["anything else", [0, 1, 2, 3]],
])("sortTrials() by %s", (sort, wanted) => {
  expect(sortTrials(TRIALS, sort).map(({ number }) => number)).toEqual(wanted);
});
