import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { moveDeployment } from "../deployment_store.ts";

/** Inference says on its own that a version cannot be loaded or routed: here the deployment ends as failed. */
export const stageFailed = onEvent({
  name: "stage_failed",
  version: 1,
  event: EVENTS.stageFailed,
  async handle({ data }, context) {
    await moveDeployment(context, data, ["loading", "routing"], "failed", { error: data.error.message });
  },
});
