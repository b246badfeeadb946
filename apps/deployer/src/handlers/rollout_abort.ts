import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { findDeployment } from "../deployment_store.ts";
import { takeBack } from "../rollout/take_back.ts";

/** A version that is on its way is to have no traffic. */
export const rolloutAbort = onEvent({
  name: "rollout_abort",
  version: 1,
  event: EVENTS.rolloutAbort,
  maxInFlight: 1,
  async handle({ data }, context) {
    const row = await findDeployment(context, data.model, data.version);
    if (row !== undefined) await takeBack(context, row, "command", data.reason);
  },
});
