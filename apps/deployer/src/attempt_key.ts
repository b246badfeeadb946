import type { DeploymentKey } from "./deployment_store.ts";

/** Key of a job of one attempt of a run. */
export function attemptKey({ runId, attempt }: DeploymentKey): string {
  return `${runId} attempt ${attempt}`;
}
