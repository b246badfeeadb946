import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { decide } from "../rollout/roll_out.ts";

/** A second person has agreed to a version of a protected model, or has not. */
export const approvalDecided = onEvent({
  name: "approval_decided",
  version: 1,
  event: EVENTS.approvalDecided,
  maxInFlight: 1,
  handle: ({ data }, context) => decide(context, data),
});
