/** The deploying stage as others see it: five steps, and one way to fail. */
import { type DeploymentState, EVENTS, type StageFailure } from "@millrace/contracts";
import { type EffectContext, failStage } from "@millrace/service";
import { type DeploymentKey, moveDeployment } from "./deployment_store.ts";

const STEPS = ["packaged", "gated", "loaded", "tried", "routed"] as const;

/** States in which a deployment still moves. */
const MOVING: readonly DeploymentState[] = ["packaging", "gating", "loading", "smoke", "routing"];

/** States in which a version may have a canary's part of the traffic. */
export const ON_TRIAL: readonly DeploymentState[] = ["canary", "paused", "awaiting_approval"];

/** Tells how far the stage is. */
export function tellProgress(context: EffectContext, runId: string, reached: (typeof STEPS)[number]): void {
  const done = STEPS.indexOf(reached) + 1;
  const progress = { runId, stage: "deploying" as const, done, total: STEPS.length, unit: "steps" };
  context.output(`deploying ${done}`, EVENTS.stageProgressed, progress);
}

/** Ends a deployment, and with it the stage, for a reason that the user is told. */
export async function failDeployment(
  context: EffectContext,
  deployment: DeploymentKey,
  failure: StageFailure,
): Promise<void> {
  const moved = await moveDeployment(context, deployment, MOVING, "failed", { error: failure.message });
  if (moved !== undefined) failStage(context, "deploying", deployment, failure);
}
