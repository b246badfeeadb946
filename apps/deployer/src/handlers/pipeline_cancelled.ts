import { type DeploymentState, EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { attemptKey } from "../attempt_key.ts";
import { moveDeployment } from "../deployment_store.ts";
import { PACKAGE_VERSION } from "../jobs/package_version.ts";
import { GATE_VERSION } from "../jobs/gate_version.ts";
import { SMOKE_VERSION } from "../jobs/smoke_version.ts";
import { ON_TRIAL } from "../stages.ts";

/** Nothing of it runs yet. */
const UNLOADED: readonly DeploymentState[] = ["packaging", "gating"];
const LOADED: readonly DeploymentState[] = ["loading", "smoke", "ready", ...ON_TRIAL];

/**
 * Ends the deployment of a run that was cancelled. A version that is loaded already is unloaded. One that all traffic was asked for is
 * left to become live: the others have none by then, and without it nobody would answer.
 */
export const pipelineCancelled = onEvent({
  name: "pipeline_cancelled",
  version: 1,
  event: EVENTS.pipelineCancelled,
  async handle({ data }, context) {
    await context.cancelJob(PACKAGE_VERSION, attemptKey(data));
    await context.cancelJob(GATE_VERSION, attemptKey(data));
    await context.cancelJob(SMOKE_VERSION, attemptKey(data));
    if ((await moveDeployment(context, data, UNLOADED, "cancelled")) !== undefined) return;
    const moved = await moveDeployment(context, data, LOADED, "cancelled", { percent: 0 });
    if (moved === undefined) return;
    const { runId, model, version, attempt } = moved;
    // Takes traffic and replicas from it, if it has any yet.
    context.output(`${model}@${version} attempt ${attempt} back`, EVENTS.servingRoute, {
      runId,
      model,
      version,
      attempt,
      percent: 0,
    });
  },
});
