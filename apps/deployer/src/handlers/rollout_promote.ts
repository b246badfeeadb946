import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { promote } from "../rollout/roll_out.ts";

/** A version is to get all traffic. */
export const rolloutPromote = onEvent({
  name: "rollout_promote",
  version: 1,
  event: EVENTS.rolloutPromote,
  maxInFlight: 1,
  handle: ({ data }, context) => promote(context, data.model, data.version),
});
