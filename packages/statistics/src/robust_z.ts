/**
 * Spikes: is this window far from the last ones, by their median? After a lasting shift of level it falls silent by
 * itself, once half of the remembered windows lie on the new level.
 * @see Iglewicz, Hoaglin 1993, "How to detect and handle outliers", ASQC, for the threshold of 3.5.
 */
import { z } from "zod";
import { assertFinite, type Judged } from "./judged.ts";
import { spreadOf } from "./spread.ts";

/** Windows remembered. Smaller samples give noisier medians, and so more false alarms. */
const REMEMBERED = 60;
/** Windows before the first is judged. */
const WARM_UP = 20;
/** Deviations. */
const THRESHOLD = 3.5;

/** Schema of the detector's state. */
export const robustZStateSchema = z.strictObject({
  /** Floor of the deviation, in the unit of the values: smaller differences do not matter. */
  leastDeviation: z.number().positive(),
  /** The last windows, oldest first. */
  recent: z.array(z.number()).max(REMEMBERED),
});

export type RobustZState = z.infer<typeof robustZStateSchema>;

/**
 * A detector that has seen nothing.
 * @param leastDeviation Above 0, in the unit of the values. A constant series is judged by it alone: a window is an
 * anomaly when it is more than 3.5 of these from the constant.
 * @throws {RangeError} If it is not positive.
 */
export function initRobustZ(leastDeviation: number): RobustZState {
  if (!(leastDeviation > 0 && leastDeviation < Infinity))
    throw new RangeError(`starting a robust z-score: found a least deviation of ${leastDeviation}, wanted one above 0`);
  return { leastDeviation, recent: [] };
}

/**
 * Judges a window by those before it, then remembers it. The first 20 are only remembered. On independent normal
 * values 2 or 3 windows in a thousand are called anomalous; of spikes of 6 standard deviations 98 in a hundred are.
 * @param value Of the window: a quantile, a rate.
 * @throws {RangeError} If it is not finite.
 */
export function updateRobustZ(state: RobustZState, value: number): Judged<RobustZState> {
  assertFinite("robust z-score", value);
  const next = { ...state, recent: [...state.recent, value].slice(-REMEMBERED) };
  if (state.recent.length < WARM_UP) return { state: next, score: null, anomalous: false };
  const { center, deviation } = spreadOf(state.recent, state.leastDeviation);
  const score = (value - center) / deviation;
  return { state: next, score, anomalous: Math.abs(score) > THRESHOLD };
}
