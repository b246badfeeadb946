/** Trials of a search: complete ones, given up ones, and one that could not be trained. */
import type { TrialList } from "@millrace/contracts";

const RATES = [0.0021, 0.0098, 0.0006, 0.0043, 0.0187, 0.0034, 0.0052, 0.0011, 0.0039, 0.0071];

function trial(number: number, learningRate: number): TrialList["trials"][number] {
  const layers = 2 + (number % 4);
  const optimiser = number % 3 === 0 ? "muon" : "adamw";
  const trialId = `run-8f14e45f.t${number}`;
  const values = { "model.layers": layers, "train.learningRate": learningRate, "train.optimiser": optimiser };
  if (number === 4) {
    const detail = "a gradient of 3 steps was not finite: lower train.learningRate";
    return { number, trialId, values, state: "failed", objective: null, detail, validations: [] };
  }
  const goal = 2.55 + 0.5 * Math.abs(Math.log10(learningRate / 0.004)) - 0.03 * layers;
  const all = Array.from({ length: 10 }, (_, at) => ({ step: 90 * (at + 1), loss: goal + 3.4 * 0.62 ** (at + 1) }));
  const isStopped = goal > 2.68;
  const validations = isStopped ? all.slice(0, number % 2 === 0 ? 1 : 3) : all;
  const last = validations.at(-1)!;
  const detail = isStopped
    ? `fell behind at step ${last.step} with a validation loss of ${last.loss.toFixed(4)}`
    : null;
  const end = isStopped
    ? ({ state: "stopped", objective: null } as const)
    : ({ state: "completed", objective: last.loss } as const);
  return { number, trialId, values, ...end, detail, validations };
}

export const TRIALS: TrialList = { trials: RATES.map((rate, number) => trial(number, rate)) };
