import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { moveDeployment } from "../deployment_store.ts";
import { tellProgress } from "../stages.ts";

/** Traffic flows: the deployment is done. */
export const servingRouted = onEvent({
  name: "serving_routed",
  version: 1,
  event: EVENTS.servingRouted,
  async handle({ data }, context) {
    const { runId, attempt, model, version, percent } = data;
    const moved = await moveDeployment(context, data, ["routing"], "live", { percent });
    if (moved === undefined) return;
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
