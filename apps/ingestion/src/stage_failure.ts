import { EVENTS, type Stage } from "@millrace/contracts";
import type { EffectContext } from "@millrace/service";

/** Why a stage cannot be done: the user's to mend, so not worth another attempt. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Tells that a stage has failed. */
export function failStage(
  context: EffectContext,
  stage: Stage,
  { runId, attempt }: { readonly runId: string; readonly attempt: number },
  error: Refusal,
): void {
  context.output(`${stage} ${attempt}`, EVENTS.stageFailed, { runId, stage, attempt, error });
}
