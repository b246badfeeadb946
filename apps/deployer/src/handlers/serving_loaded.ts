import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { attemptKey } from "../attempt_key.ts";
import { moveDeployment } from "../deployment_store.ts";
import { SMOKE_VERSION } from "../jobs/smoke_version.ts";
import { tellProgress } from "../stages.ts";

/** A version that answers is tried out before it gets traffic. */
export const servingLoaded = onEvent({
  name: "serving_loaded",
  version: 1,
  event: EVENTS.servingLoaded,
  async handle({ data }, context) {
    const moved = await moveDeployment(context, data, ["loading"], "smoke");
    if (moved === undefined) return;
    tellProgress(context, data.runId, "loaded");
    const { runId, attempt, model, version, prompts } = moved;
    await context.startJob(SMOKE_VERSION, attemptKey(data), { runId, attempt, model, version, prompts });
  },
});
