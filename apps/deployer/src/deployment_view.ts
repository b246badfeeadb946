import type { DeploymentView } from "@millrace/contracts";
import type { Deployment } from "./deployment_store.ts";

/** States in which a version has a canary's part of the traffic, or none yet. */
const BESIDE_LIVE: readonly Deployment["state"][] = ["canary", "paused", "awaiting_approval", "routing"];

/**
 * A deployment as the API shows it.
 * @param rows Those of its model: a live version has what its canary leaves.
 */
export function deploymentView(row: Deployment, rows: readonly Deployment[]): DeploymentView {
  const { runId, model, version, state, steps, error, samples, gates } = row;
  const tried = rows.find((other) => isCanaryOf(other, row));
  const percent = row.percent - (state === "live" ? (tried?.percent ?? 0) : 0);
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

function isCanaryOf(other: Deployment, { model, version }: Deployment): boolean {
  return other.model === model && other.stable === version && BESIDE_LIVE.includes(other.state);
}
