import { EVENTS, type Stage, type StageFailure } from "@millrace/contracts";
import type { EffectContext } from "./effect_context.ts";

/** What an event takes of a message. */
const MESSAGE_CHARACTERS = 4000;

/**
 * Ends a stage of a run without its fact. Every failure of a stage is told here, so that each has a code whose remedy is known.
 * @param attempt The run's attempt that the stage was asked for in.
 */
export function failStage(
  context: EffectContext,
  stage: Stage,
  { runId, attempt }: { readonly runId: string; readonly attempt: number },
  { code, message }: StageFailure,
): void {
  const error = { code, message: message.slice(0, MESSAGE_CHARACTERS) };
  context.output(`${stage} ${attempt}`, EVENTS.stageFailed, { runId, stage, attempt, error });
}
