/** Gives up trials that fall behind. */
import type { Report, Trial } from "./trial.ts";

/**
 * Asynchronous successive halving in its stopping form: at the rungs, `minSteps` times powers of `reduction`, a trial goes on
 * only if it is among the best 1/`reduction` of all that came so far. It waits for nobody.
 * @see Li et al. 2020, "A system for massively parallel hyperparameter tuning", MLSys (ASHA).
 */
export interface AshaPruner {
  readonly name: "asha";
  /** Steps to the first rung, at least 1. */
  readonly minSteps: number;
  /** At least 2. */
  readonly reduction: number;
}

/**
 * The median rule: a trial is given up at a step if its best value so far is worse than the median of what the completed
 * trials' values had been on average until that step.
 * @see Golovin et al. 2017, "Google Vizier: a service for black-box optimization", KDD, section 3.2.2.
 */
export interface MedianPruner {
  readonly name: "median";
  /** Completed trials before any is given up, at least 1. */
  readonly startupTrials: number;
  /** No trial is given up before so many steps. */
  readonly warmupSteps: number;
}

export type Pruner = AshaPruner | MedianPruner;

/**
 * Whether a trial is to be given up after its last report.
 * @param reports Of the trial, in the order of their steps.
 * @param others The other trials it is compared with.
 */
export function shouldStop(pruner: Pruner, reports: readonly Report[], others: readonly Trial[]): boolean {
  const last = reports.at(-1);
  if (last === undefined) return false;
  // Nothing is gained by going on with what is no number.
  if (!Number.isFinite(last.value)) return true;
  return pruner.name === "asha" ? isBehind(pruner, reports, others) : isBelowMedian(pruner, reports, last, others);
}

function isBehind(pruner: AshaPruner, reports: readonly Report[], others: readonly Trial[]): boolean {
  const rung = rungReached(pruner, reports);
  if (rung === undefined) return false;
  const own = valueAtRung(reports, rung)!;
  const values = others
    .map((trial) => valueAtRung(trial.reports, rung))
    .filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  const places = Math.max(1, Math.floor((values.length + 1) / pruner.reduction));
  return values.filter((value) => value < own).length >= places;
}

/** The rung that the last report is the first to reach; undefined where it reaches none. */
function rungReached({ minSteps, reduction }: AshaPruner, reports: readonly Report[]): number | undefined {
  const before = reports.at(-2)?.step ?? -1;
  const { step } = reports.at(-1)!;
  let reached: number | undefined;
  for (let rung = minSteps; rung <= step; rung *= reduction) if (rung > before) reached = rung;
  return reached;
}

function valueAtRung(reports: readonly Report[], rung: number): number | undefined {
  return reports.find(({ step }) => step >= rung)?.value;
}

function isBelowMedian(
  { startupTrials, warmupSteps }: MedianPruner,
  reports: readonly Report[],
  { step }: Report,
  others: readonly Trial[],
): boolean {
  const completed = others.filter(({ state }) => state === "completed");
  if (completed.length < startupTrials || step < warmupSteps) return false;
  const averages = completed.flatMap((trial) => {
    const values = trial.reports.filter((report) => report.step <= step).map(({ value }) => value);
    return values.length === 0 ? [] : [values.reduce((sum, value) => sum + value, 0) / values.length];
  });
  if (averages.length === 0) return false;
  return Math.min(...reports.map(({ value }) => value)) > medianOf(averages);
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
