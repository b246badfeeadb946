import type { DeploymentView } from "@millrace/contracts";
import type { Deployment } from "./deployment_store.ts";

/** A deployment as the API shows it. */
export function deploymentView(row: Deployment): DeploymentView {
  const { runId, model, version, state, steps, percent, error, samples, gates } = row;
  const { stable, canary, verdict, evidence } = row;
  return {
    runId,
    model,
    version,
    state,
    steps,
    percent,
    error,
    samples,
    gates,
    stable,
    canary,
    verdict,
    evidence,
    startedAt: new Date(row.startedAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
  };
}
