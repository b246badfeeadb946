import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { EVALUATE } from "../jobs/evaluate.ts";
import { stageJobKey } from "../stage_job.ts";

/** Evaluating takes long: a job does it. */
export const modelEvaluate = onEvent({
  name: "model_evaluate",
  version: 1,
  event: EVENTS.modelEvaluate,
  handle: ({ data }, context) => context.startJob(EVALUATE, stageJobKey(data), data),
});
