import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { TRAIN } from "../jobs/train.ts";
import { stageJobKey } from "../stage_job.ts";

/** Training takes long: a job does it. */
export const trainingStart = onEvent({
  name: "training_start",
  version: 1,
  event: EVENTS.trainingStart,
  handle: ({ data }, context) => context.startJob(TRAIN, stageJobKey(data), data),
});
