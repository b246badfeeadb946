/**
 * Small lasting shifts: a weighted mean of the windows, recent ones first, leaves its control limits.
 * @see Roberts 1959; Lucas, Saccucci 1990, "Exponentially weighted moving average control schemes", Technometrics
 * 32(1), table 3, for weight and limit: 500 windows between false alarms if level and deviation are known.
 */
import { z } from "zod";
import { baselineSchema, initBaseline, learn } from "./baseline.ts";
import { assertFinite, type Judged } from "./judged.ts";

/** Weight of the newest window. */
const LAMBDA = 0.1;
/** Standard deviations of the weighted mean. */
const LIMIT = 2.814;

/** Schema of the chart's state. */
export const ewmaStateSchema = z.strictObject({
  baseline: baselineSchema,
  /** Weighted mean of the deviations from the baseline, in its standard deviations. */
  mean: z.number(),
  /** Windows in the mean. */
  windows: z.int().nonnegative(),
});

export type EwmaState = z.infer<typeof ewmaStateSchema>;

/**
 * A chart that has seen nothing.
 * @param leastDeviation Floor of the standard deviation, above 0, in the unit of the values.
 * @throws {RangeError} If it is not positive.
 */
export function initEwma(leastDeviation: number): EwmaState {
  return { baseline: initBaseline("starting an EWMA chart", leastDeviation), mean: 0, windows: 0 };
}

/**
 * Judges a window. The first 60 teach the baseline. A window stays anomalous as long as the mean is outside; after a
 * shift that is meant to last, start a new chart.
 * @param value Of the window.
 * @returns The score is the mean in its own standard deviations; beyond 2.814 it is anomalous.
 * @throws {RangeError} If the value is not finite.
 */
export function updateEwma(state: EwmaState, value: number): Judged<EwmaState> {
  assertFinite("EWMA chart", value);
  const { baseline } = state;
  if (baseline.phase === "warming-up")
    return { state: { ...state, baseline: learn(baseline, value) }, score: null, anomalous: false };
  const windows = state.windows + 1;
  const mean = LAMBDA * ((value - baseline.center) / baseline.deviation) + (1 - LAMBDA) * state.mean;
  const deviation = Math.sqrt((LAMBDA / (2 - LAMBDA)) * (1 - (1 - LAMBDA) ** (2 * windows)));
  const score = mean / deviation;
  return { state: { baseline, mean, windows }, score, anomalous: Math.abs(score) > LIMIT };
}
