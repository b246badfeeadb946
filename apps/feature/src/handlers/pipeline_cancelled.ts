import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { TOKENIZE, tokenizeKey } from "../jobs/tokenize.ts";

/** Ends the job of a run that was cancelled. */
export const pipelineCancelled = onEvent({
  name: "pipeline_cancelled",
  version: 1,
  event: EVENTS.pipelineCancelled,
  handle: ({ data }, context) => context.cancelJob(TOKENIZE, tokenizeKey(data.runId, data.attempt)),
});
