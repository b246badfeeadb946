import type { DeploymentView } from "@millrace/contracts";
import { BESIDE_LIVE, type Deployment } from "./deployment_store.ts";

/**
 * A deployment as the API shows it.
 * @param rows Among them its canary, where it has one: a live version has what that leaves.
 */
export function deploymentView(row: Deployment, rows: readonly Deployment[]): DeploymentView {
  const { runId, model, version, state, attempt, requestedBy, steps, error, samples, gates } = row;
  const tried = rows.find((other) => isCanaryOf(other, row));
  const percent = row.percent - (state === "live" ? (tried?.percent ?? 0) : 0);
  const { stable, canary, verdict, evidence } = row;
  return {
    runId,
    model,
    version,
    state,
    attempt,
    requestedBy,
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

function isCanaryOf(other: Deployment, { model, version }: Deployment): boolean {
  return other.model === model && other.stable === version && BESIDE_LIVE.includes(other.state);
}
