import { z } from "zod";
import { driftStateSchema, initDrift } from "./judge_drift.ts";
import { errorShareSchema, initErrorShare } from "./error_share.ts";
import { CALM, hysteresisSchema } from "./hysteresis.ts";
import { initLevel, levelStateSchema } from "./level.ts";
import { LATENCY } from "./limits.ts";

/** Schema of what is remembered of a version between windows. */
export const watchStateSchema = z.strictObject({
  format: z.literal(1),
  latency: levelStateSchema,
  errors: errorShareSchema,
  drift: driftStateSchema,
  alerts: z.strictObject({ latency: hysteresisSchema, errors: hysteresisSchema, drift: hysteresisSchema }),
});
export type WatchState = z.infer<typeof watchStateSchema>;

/** Of a version that was never seen. */
export function initWatch(): WatchState {
  return {
    format: 1,
    latency: initLevel(LATENCY.leastDeviation),
    errors: initErrorShare(),
    drift: initDrift(),
    alerts: { latency: CALM, errors: CALM, drift: CALM },
  };
}
