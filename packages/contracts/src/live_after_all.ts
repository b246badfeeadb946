import type { DeploymentView } from "./api/serving.ts";
import type { RunView } from "./api/automation.ts";

/**
 * A run that failed when its version was taken back stays failed for good: a roll-out that is begun later is none of its own.
 * @returns The deployment of that version where it is live all the same.
 */
export function liveAfterAll(
  { id, state }: Pick<RunView, "id" | "state">,
  deployments: readonly DeploymentView[],
): DeploymentView | undefined {
  return state === "failed" ? deployments.find((one) => one.runId === id && one.state === "live") : undefined;
}
