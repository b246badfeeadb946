import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { findDeployment, moveDeployment } from "../deployment_store.ts";

/** A canary stays as it is until someone says otherwise. */
export const rolloutPause = onEvent({
  name: "rollout_pause",
  version: 1,
  event: EVENTS.rolloutPause,
  maxInFlight: 1,
  async handle({ data }, context) {
    const row = await findDeployment(context, data.model, data.version);
    if (row !== undefined) await moveDeployment(context, row, ["canary"], "paused");
  },
});
