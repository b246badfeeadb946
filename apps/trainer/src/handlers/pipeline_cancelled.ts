import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { EVALUATE } from "../jobs/evaluate.ts";
import { TRAIN } from "../jobs/train.ts";
import { stageJobKey } from "../stage_job.ts";

/** Ends the jobs of a run that was cancelled; their processes end with them. */
export const pipelineCancelled = onEvent({
  name: "pipeline_cancelled",
  version: 1,
  event: EVENTS.pipelineCancelled,
  async handle({ data }, context) {
    for (const kind of [TRAIN, EVALUATE]) await context.cancelJob(kind, stageJobKey(data));
  },
});
