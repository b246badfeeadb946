/**
 * Watches the share of requests that fail, by comparing counts. A robust z-score and an EWMA chart, which serve latency,
 * take the median of windows for what is usual; where one request in fifty fails that is 0, and every failure is odd.
 */
import { compareRates } from "@millrace/statistics";
import { z } from "zod";
import { ERRORS } from "./limits.ts";

const count = z.int().nonnegative();
const rateSchema = z.strictObject({ events: count, trials: count });
type Rate = z.infer<typeof rateSchema>;

/** Schema of the state. */
export const errorShareSchema = z.strictObject({
  /** Requests that the usual was learned from. */
  usual: rateSchema,
  /** Windows in it. */
  learned: count,
  /** The last windows, oldest first. */
  recent: z.array(rateSchema).max(ERRORS.longWindows),
});
export type ErrorShare = z.infer<typeof errorShareSchema>;

/** What is known after a window. */
export interface JudgedShare {
  readonly state: ErrorShare;
  /** In [0, 1]; null while it is being learned. */
  readonly usual: number | null;
  /** The share of the last window, or of the last half hour, where it is too high by more than chance. Null where neither is. */
  readonly wrong: number | null;
}

export function initErrorShare(): ErrorShare {
  return { usual: { events: 0, trials: 0 }, learned: 0, recent: [] };
}

/**
 * Judges a window by the first ones of the version, then remembers it.
 * @param window Failed requests and all requests, at least one.
 */
export function updateErrorShare(state: ErrorShare, window: Rate): JudgedShare {
  const recent = [...state.recent, window].slice(-ERRORS.longWindows);
  const isKnown = state.learned >= ERRORS.warmUpWindows;
  const threshold = shareOf(state.usual) + ERRORS.wrongFrom;
  const high = isKnown ? [window, sumOf(recent)].filter((one) => shareOf(one) >= threshold) : [];
  const wrong = high.filter((one) => compareRates(state.usual, one, ERRORS.alpha).lower > 0).map(shareOf);
  // What is wrong is not learned as usual.
  const isLearning = state.learned < ERRORS.learningWindows && wrong.length === 0;
  return {
    state: {
      usual: isLearning ? sumOf([state.usual, window]) : state.usual,
      learned: state.learned + (isLearning ? 1 : 0),
      recent,
    },
    usual: isKnown ? shareOf(state.usual) : null,
    wrong: wrong.length === 0 ? null : Math.max(...wrong),
  };
}

function sumOf(rates: readonly Rate[]): Rate {
  return rates.reduce((sum, { events, trials }) => ({ events: sum.events + events, trials: sum.trials + trials }));
}

function shareOf({ events, trials }: Rate): number {
  return events / trials;
}
