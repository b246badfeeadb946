import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { LOAD_VERSION } from "../jobs/load_version.ts";

/** Loading takes long: a job does it. */
export const servingLoad = onEvent({
  name: "serving_load",
  version: 1,
  event: EVENTS.servingLoad,
  handle: ({ data }, context) => context.startJob(LOAD_VERSION, `${data.runId} attempt ${data.attempt}`, data),
});
