import { z } from "zod";

/** Stages of a pipeline run in their order. `planned` and the three final states are states, not stages. */
export const STAGES = [
  "collecting",
  "cleaning",
  "deduplicating",
  "tokenizing",
  "training",
  "evaluating",
  "deploying",
] as const;

export const Stage = z.enum(STAGES);
export type Stage = z.infer<typeof Stage>;

/** `serving` is where a run that deploys ends; `completed` where one that does not (search only) ends. */
export const RUN_STATES = ["planned", ...STAGES, "serving", "completed", "failed", "cancelled"] as const;
export const RunState = z.enum(RUN_STATES);
export type RunState = z.infer<typeof RunState>;

/** True when a run in this state moves no more. */
export function isFinal(state: RunState): boolean {
  return state === "serving" || state === "completed" || state === "failed" || state === "cancelled";
}
