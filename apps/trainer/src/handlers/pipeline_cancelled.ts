import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { EVALUATE } from "../jobs/evaluate.ts";
import { TRAIN } from "../jobs/train.ts";
import { TRIAL } from "../search/advance.ts";
import { listTrials, lockSearch, trialJobKey } from "../search/search_store.ts";
import { stageJobKey } from "../stage_job.ts";

/** Ends the jobs of a run that was cancelled; their processes end with them. */
export const pipelineCancelled = onEvent({
  name: "pipeline_cancelled",
  version: 1,
  event: EVENTS.pipelineCancelled,
  async handle({ data }, context) {
    for (const kind of [TRAIN, EVALUATE]) await context.cancelJob(kind, stageJobKey(data));
    const { runId, attempt } = data;
    // A trial that ends at the same time begins no other that is not seen here.
    await lockSearch(context.db, context.project, runId);
    for (const { number, state } of await listTrials(context.db, context.project, runId)) {
      if (state === "running") await context.cancelJob(TRIAL, trialJobKey(runId, attempt, number));
    }
  },
});
