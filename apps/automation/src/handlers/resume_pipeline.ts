import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { lockRun, moveOn } from "../advance.ts";

/** Asks for the stage in which a failed or cancelled run stopped, under a new attempt. Any other run goes on as it is. */
export const resumePipeline = onEvent({
  name: "resume_pipeline",
  version: 1,
  event: EVENTS.pipelineResume,
  async handle({ data }, context) {
    const run = await lockRun(context, data.runId);
    if (run?.state !== "failed" && run?.state !== "cancelled") return;
    await moveOn(context, { ...run, attempt: run.attempt + 1 });
  },
});
