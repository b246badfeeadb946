/** The usual level of a series, learned from its first windows and then kept: what control charts measure against. */
import { z } from "zod";
import { spreadOf } from "./spread.ts";

/**
 * Windows to learn from. A chart whose level and deviation are estimated calls false alarms more often than the tables
 * say: with 60 about twice as often.
 * @see Jones, Champ, Rigdon 2001, "The performance of exponentially weighted moving average charts with estimated
 * parameters", Technometrics 43(2).
 */
const BASELINE_WINDOWS = 60;

/** Schema of a baseline that is being learned, or is. */
export const baselineSchema = z.discriminatedUnion("phase", [
  z.strictObject({
    phase: z.literal("warming-up"),
    leastDeviation: z.number().positive(),
    values: z.array(z.number()).max(BASELINE_WINDOWS - 1),
  }),
  z.strictObject({ phase: z.literal("watching"), center: z.number(), deviation: z.number().positive() }),
]);

export type Baseline = z.infer<typeof baselineSchema>;

/** A baseline that has seen nothing. */
export function initBaseline(doing: string, leastDeviation: number): Baseline {
  if (!(leastDeviation > 0 && leastDeviation < Infinity))
    throw new RangeError(`${doing}: found a least deviation of ${leastDeviation}, wanted one above 0`);
  return { phase: "warming-up", leastDeviation, values: [] };
}

/** Learns from a window; with the last one the level and the deviation are settled, from median and MAD. */
export function learn(baseline: Extract<Baseline, { phase: "warming-up" }>, value: number): Baseline {
  const values = [...baseline.values, value];
  if (values.length < BASELINE_WINDOWS) return { ...baseline, values };
  return { phase: "watching", ...spreadOf(values, baseline.leastDeviation) };
}
