import { NO_VALIDATION_YET, updateEarlyStopping } from "@millrace/training";
import type { Validation } from "./training_job.ts";

/**
 * Newest checkpoints that are kept. A run goes on from the last; the one before stays for a node that joined just before the last was
 * made and is still fetching what it begins with.
 */
const NEWEST_KEPT = 2;

/**
 * Which checkpoints of a training stay: the newest, and that of the best validation, which may be its result.
 * @param steps Steps that have one.
 * @param validations All of the training so far.
 * @returns Steps, ascending.
 */
export function keptCheckpoints(steps: readonly number[], validations: readonly Validation[]): number[] {
  const newest = steps.toSorted((a, b) => b - a).slice(0, NEWEST_KEPT);
  const { bestStep } = validations
    .filter(({ step }) => steps.includes(step))
    .reduce((state, { step, loss }) => updateEarlyStopping(state, step, loss), NO_VALIDATION_YET);
  const kept = new Set(steps.includes(bestStep) ? [...newest, bestStep] : newest);
  return [...kept].toSorted((a, b) => a - b);
}
