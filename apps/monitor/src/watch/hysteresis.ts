/** Whether something counts as wrong: not at the first odd window, and not before it was right for a while. */
import { z } from "zod";

/** Schema of the state. */
export const hysteresisSchema = z.strictObject({
  isRaised: z.boolean(),
  /** Windows in a row that speak for the other state. */
  against: z.int().nonnegative(),
});
export type Hysteresis = z.infer<typeof hysteresisSchema>;

/** Windows in a row that it takes to raise and to resolve. */
export interface HysteresisLimits {
  readonly raiseAfter: number;
  readonly resolveAfter: number;
}

export const CALM: Hysteresis = { isRaised: false, against: 0 };

/** Takes note of a window. */
export function updateHysteresis(
  state: Hysteresis,
  isWrong: boolean,
  { raiseAfter, resolveAfter }: HysteresisLimits,
): { readonly state: Hysteresis; readonly change: "raised" | "resolved" | null } {
  if (isWrong === state.isRaised) return { state: { ...state, against: 0 }, change: null };
  const against = state.against + 1;
  if (against < (isWrong ? raiseAfter : resolveAfter)) return { state: { ...state, against }, change: null };
  return { state: { isRaised: isWrong, against: 0 }, change: isWrong ? "raised" : "resolved" };
}
