import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { attemptKey } from "../attempt_key.ts";
import { moveDeployment } from "../deployment_store.ts";
import { PACKAGE_VERSION } from "../jobs/package_version.ts";
import { GATE_VERSION } from "../jobs/gate_version.ts";
import { SMOKE_VERSION } from "../jobs/smoke_version.ts";
import { MOVING, ON_TRIAL } from "../stages.ts";

/** Ends the deployment of a run that was cancelled. A version that is loaded already is unloaded. */
export const pipelineCancelled = onEvent({
  name: "pipeline_cancelled",
  version: 1,
  event: EVENTS.pipelineCancelled,
  async handle({ data }, context) {
    await context.cancelJob(PACKAGE_VERSION, attemptKey(data));
    await context.cancelJob(GATE_VERSION, attemptKey(data));
    await context.cancelJob(SMOKE_VERSION, attemptKey(data));
    const moved = await moveDeployment(context, data, [...MOVING, "ready", ...ON_TRIAL], "cancelled", { percent: 0 });
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
