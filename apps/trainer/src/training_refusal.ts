import type { Refusal } from "./stage_job.ts";

// What ends a node crosses a process boundary, so it arrives in words.
const CODES = [
  [/\bis not finite\b/, "non_finite_loss"],
  [/\bcomputes differently\b/, "fingerprint_mismatch"],
] as const;

/** The refusal that an error of a training is, or undefined if another attempt may overcome it. */
export function refusalOf(error: unknown): Refusal | undefined {
  const message = error instanceof Error ? error.message : String(error);
  const code = CODES.find(([words]) => words.test(message))?.[1];
  return code && { code, message: `training: ${message}` };
}
