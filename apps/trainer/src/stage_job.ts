/** What the jobs of the two stages have in common. */
import { EVENTS, type Stage } from "@millrace/contracts";
import type { EffectContext } from "@millrace/service";

/** A reason that another attempt would meet again: the user's to mend. */
export interface Refusal {
  /** Stable, for programs. */
  readonly code: string;
  readonly message: string;
}

/** Key of the job of one attempt of a run. */
export function stageJobKey({ runId, attempt }: { readonly runId: string; readonly attempt: number }): string {
  return `${runId} attempt ${attempt}`;
}

/** Ends a stage without its fact. */
export function failStage(
  context: EffectContext,
  stage: Stage,
  { runId, attempt }: { readonly runId: string; readonly attempt: number },
  { code, message }: Refusal,
): void {
  const error = { code, message: message.slice(0, 4000) };
  context.output(`${stage} ${attempt}`, EVENTS.stageFailed, { runId, stage, attempt, error });
}
