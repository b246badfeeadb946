import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { isProtected } from "../protection.ts";
import { startRollout } from "../rollout/roll_out.ts";

/** A version is to get traffic: all of it, or a canary's part. */
export const rolloutStart = onEvent({
  name: "rollout_start",
  version: 1,
  event: EVENTS.rolloutStart,
  maxInFlight: 1,
  prepare: ({ data }, { peers, project, signal }) => isProtected(peers, project, data.model, signal),
  handle: ({ data }, context, live) => startRollout(context, data, live),
});
