import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { moveDeployment, supersedeOthers } from "../deployment_store.ts";
import { forgetWindows } from "../rollout/canary_windows.ts";
import { tellProgress } from "../stages.ts";

/** Traffic flows: with all of it the deployment is done. */
export const servingRouted = onEvent({
  name: "serving_routed",
  version: 1,
  event: EVENTS.servingRouted,
  async handle({ data }, context) {
    const { runId, model, version, attempt, percent } = data;
    if (percent < 100) {
      const tried = await moveDeployment(context, data, ["canary"], "canary", { percent });
      if (tried !== undefined) {
        context.log.info("a canary has traffic", { model, version, percent, stable: tried.stable });
      }
      return;
    }
    const moved = await moveDeployment(context, data, ["routing"], "live", { percent });
    if (moved === undefined) return;
    await supersedeOthers(context, moved);
    await forgetWindows(context.db, { project: context.project, runId });
    tellProgress(context, runId, "routed");
    const { samples } = moved;
    context.output(`${model}@${version} attempt ${attempt}`, EVENTS.modelDeployed, {
      runId,
      model,
      version,
      percent,
      samples,
    });
  },
});
