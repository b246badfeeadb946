import { EVENTS, isFinal } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { lockRun, stopRun } from "../advance.ts";

/** Stops a run; the services hear of it and end their jobs. */
export const cancelPipeline = onEvent({
  name: "cancel_pipeline",
  version: 1,
  event: EVENTS.pipelineCancel,
  async handle({ data }, context) {
    const run = await lockRun(context, data.runId);
    if (!run || isFinal(run.state)) return;
    await stopRun(context, run, "cancelled", { code: null, message: data.reason });
    context.output("the run", EVENTS.pipelineCancelled, { runId: run.id, attempt: run.attempt, reason: data.reason });
  },
});
