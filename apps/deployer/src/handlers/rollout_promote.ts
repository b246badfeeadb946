import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { isProtected } from "../protection.ts";
import { promote } from "../rollout/roll_out.ts";

/** A version is to get all traffic. */
export const rolloutPromote = onEvent({
  name: "rollout_promote",
  version: 1,
  event: EVENTS.rolloutPromote,
  maxInFlight: 1,
  prepare: ({ data }, { peers, project, signal }) => isProtected(peers, project, data.model, signal),
  handle: ({ data }, context, live) => promote(context, data, live),
});
