/** Watches one figure of a version: spikes by a robust z-score, lasting shifts by an EWMA chart. Only upwards. */
import {
  ewmaStateSchema,
  initEwma,
  initRobustZ,
  robustZStateSchema,
  updateEwma,
  updateRobustZ,
} from "@millrace/statistics";
import { z } from "zod";

/** Schema of the state. */
export const levelStateSchema = z.strictObject({ spikes: robustZStateSchema, shifts: ewmaStateSchema });
export type LevelState = z.infer<typeof levelStateSchema>;

/** What is known after a window. */
export interface JudgedLevel {
  readonly state: LevelState;
  /** What is usual; null while that is being learned. */
  readonly usual: number | null;
  /** The highest that is more than chance: the window's value, or the level that it has settled at. Null if nothing is. */
  readonly odd: number | null;
  /** Deviations from the usual; null while warming up. */
  readonly score: number | null;
}

/** @param leastDeviation The smallest difference that matters, in the figure's unit. */
export function initLevel(leastDeviation: number): LevelState {
  return { spikes: initRobustZ(leastDeviation), shifts: initEwma(leastDeviation) };
}

/** Judges a window by those before it, then remembers it. */
export function updateLevel(state: LevelState, value: number): JudgedLevel {
  const spike = updateRobustZ(state.spikes, value);
  const shift = updateEwma(state.shifts, value);
  const { baseline, mean } = shift.state;
  const isKnown = baseline.phase === "watching";
  const odd = [
    ...(spike.anomalous && (spike.score ?? 0) > 0 ? [value] : []),
    ...(shift.anomalous && mean > 0 && isKnown ? [baseline.center + mean * baseline.deviation] : []),
  ];
  return {
    state: { spikes: spike.state, shifts: shift.state },
    // The chart's level is kept for good; that of the score moves along with the last hour.
    usual: isKnown ? baseline.center : spike.score === null ? null : medianOf(state.spikes.recent),
    odd: odd.length === 0 ? null : Math.max(...odd),
    score: spike.score,
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[sorted.length >> 1] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] ?? NaN)) / 2;
}
