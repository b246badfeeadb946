import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { moveDeployment } from "../deployment_store.ts";
import { attemptKey, PACKAGE_VERSION } from "../jobs/package_version.ts";
import { GATE_VERSION } from "../jobs/gate_version.ts";
import { SMOKE_VERSION } from "../jobs/smoke_version.ts";
import { MOVING } from "../stages.ts";

/** Ends the deployment of a run that was cancelled. A version that is loaded already stays, without traffic. */
export const pipelineCancelled = onEvent({
  name: "pipeline_cancelled",
  version: 1,
  event: EVENTS.pipelineCancelled,
  async handle({ data }, context) {
    await context.cancelJob(PACKAGE_VERSION, attemptKey(data));
    await context.cancelJob(GATE_VERSION, attemptKey(data));
    await context.cancelJob(SMOKE_VERSION, attemptKey(data));
    await moveDeployment(context, data, MOVING, "cancelled");
  },
});
