/**
 * Lasting shifts of about one standard deviation: sums of what exceeds half of it, upwards and downwards.
 * @see Page 1954, "Continuous inspection schemes", Biometrika 41; Montgomery, "Introduction to statistical quality
 * control", chapter on cumulative sums, for k = 1/2, h = 5: 465 windows between false alarms if level and deviation
 * are known, 10 windows to find a shift of one standard deviation.
 */
import { z } from "zod";
import { baselineSchema, initBaseline, learn } from "./baseline.ts";
import { assertFinite, type Judged } from "./judged.ts";

/** k: what a window may be off, in standard deviations; half the shift that is to be found. */
const ALLOWANCE = 0.5;
/** h: where a sum is an alarm. */
const LIMIT = 5;

/** Schema of the chart's state. */
export const cusumStateSchema = z.strictObject({
  baseline: baselineSchema,
  /** In standard deviations of the baseline. */
  above: z.number().nonnegative(),
  below: z.number().nonnegative(),
});

export type CusumState = z.infer<typeof cusumStateSchema>;

/**
 * A chart that has seen nothing.
 * @param leastDeviation Floor of the standard deviation, above 0, in the unit of the values.
 * @throws {RangeError} If it is not positive.
 */
export function initCusum(leastDeviation: number): CusumState {
  return { baseline: initBaseline("starting a CUSUM chart", leastDeviation), above: 0, below: 0 };
}

/**
 * Judges a window. The first 60 teach the baseline. After an alarm both sums start again from 0, so a shift that lasts
 * raises one alarm after another, not one every window.
 * @param value Of the window.
 * @returns The score is the greater sum, negative for the one downwards; beyond 5 it is anomalous.
 * @throws {RangeError} If the value is not finite.
 */
export function updateCusum(state: CusumState, value: number): Judged<CusumState> {
  assertFinite("CUSUM chart", value);
  const { baseline } = state;
  if (baseline.phase === "warming-up")
    return { state: { ...state, baseline: learn(baseline, value) }, score: null, anomalous: false };
  const off = (value - baseline.center) / baseline.deviation;
  const above = Math.max(0, state.above + off - ALLOWANCE);
  const below = Math.max(0, state.below - off - ALLOWANCE);
  const score = above >= below ? above : -below;
  const anomalous = Math.abs(score) > LIMIT;
  return { state: anomalous ? { baseline, above: 0, below: 0 } : { baseline, above, below }, score, anomalous };
}
