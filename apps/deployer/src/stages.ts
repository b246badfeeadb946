/** The deploying stage as others see it: five steps, and one way to fail. */
import { EVENTS } from "@millrace/contracts";
import type { EffectContext } from "@millrace/service";
import { type DeploymentKey, moveDeployment } from "./deployment_store.ts";
import type { DeploymentState } from "./tables.ts";

const STEPS = ["packaged", "gated", "loaded", "tried", "routed"] as const;

/** What an event takes of a message. */
const MESSAGE_CHARACTERS = 4000;

/** States in which a deployment still moves. */
export const MOVING: readonly DeploymentState[] = ["packaging", "gating", "loading", "smoke", "routing"];

/** Tells how far the stage is. */
export function tellProgress(context: EffectContext, runId: string, reached: (typeof STEPS)[number]): void {
  const done = STEPS.indexOf(reached) + 1;
  const progress = { runId, stage: "deploying" as const, done, total: STEPS.length, unit: "steps" };
  context.output(`deploying ${done}`, EVENTS.stageProgressed, progress);
}

/** Ends a deployment, and with it the stage, for a reason that the user is told. */
export async function failDeployment(
  context: EffectContext,
  { runId, attempt }: DeploymentKey,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<void> {
  const error = { code, message: message.slice(0, MESSAGE_CHARACTERS) };
  const moved = await moveDeployment(context, { runId, attempt }, MOVING, "failed", { error: error.message });
  if (moved === undefined) return;
  context.output(`attempt ${attempt}`, EVENTS.stageFailed, { runId, stage: "deploying", attempt, error });
}
