import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { hasStopped, lockRun, moveOn } from "../advance.ts";

/** Asks for the stage in which a run stopped, under the attempt that was planned. One that has ended meanwhile, or is on its way, stays as it is. */
export const resumePipeline = onEvent({
  name: "resume_pipeline",
  version: 1,
  event: EVENTS.pipelineResume,
  async handle({ data }, context) {
    const run = await lockRun(context, data.runId);
    if (run === undefined) return;
    if (data.attempt === undefined) {
      if (hasStopped(run)) await moveOn(context, { ...run, attempt: run.attempt + 1 });
    } else if (run.state === "planned" && run.attempt === data.attempt) {
      await moveOn(context, run);
    }
  },
});
