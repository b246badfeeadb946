import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { trainingRuns } from "../tables.ts";

/** A training run that failed is not running any more. Other stages are not the registry's business. */
export const trainingFailed = onEvent({
  name: "training_failed",
  version: 1,
  event: EVENTS.stageFailed,
  async handle({ data }, { db, project }) {
    if (data.stage !== "training") return;
    await db
      .update(trainingRuns)
      .set({ state: "failed" })
      .where(and(eq(trainingRuns.project, project), eq(trainingRuns.runId, data.runId)));
  },
});
