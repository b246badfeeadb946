/** What ends a training for good, from where it happens to the stage that fails with it. */
import type { StageFailure } from "@millrace/contracts";
import { NonFiniteGradientError } from "@millrace/training";
import { z } from "zod";

/** Why another attempt would end in the same way; stable, for programs. It crosses from a node to its coordinator as it is. */
export const RefusalCode = z.enum(["non_finite_loss", "fingerprint_mismatch"]);
export type RefusalCode = z.infer<typeof RefusalCode>;

/** A training that another attempt would end in the same way. */
class TrainingRefusedError extends Error {
  override readonly name = "TrainingRefusedError";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** An error with the code that came with it, if one did. */
export function trainingError(code: RefusalCode | undefined, message: string): Error {
  return code === undefined ? new Error(message) : new TrainingRefusedError(code, message);
}

/** The code of an error; undefined if another attempt may overcome it. */
export function refusalCodeOf(error: unknown): RefusalCode | undefined {
  if (error instanceof TrainingRefusedError) return error.code;
  return error instanceof NonFiniteGradientError ? "non_finite_loss" : undefined;
}

/** The refusal that an error of a training is, or undefined if another attempt may overcome it. */
export function refusalOf(error: unknown): StageFailure | undefined {
  const code = refusalCodeOf(error);
  return code && { code, message: `training: ${(error as Error).message}` };
}
