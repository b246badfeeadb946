import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { trainingRuns, trials } from "../tables.ts";

/** How a trial of a search ended. One that could not begin has no training run. */
export const trialCompleted = onEvent({
  name: "trial_completed",
  version: 1,
  event: EVENTS.trialCompleted,
  async handle({ data }, { db, project }) {
    const { runId, number, trialId, values, state, objective, detail } = data;
    const end = { trialId, values, state, objective, detail };
    await db
      .insert(trials)
      .values({ project, runId, number, ...end })
      .onConflictDoUpdate({ target: [trials.project, trials.runId, trials.number], set: end });
    await db
      .update(trainingRuns)
      .set({ state: state === "failed" ? "failed" : "completed" })
      .where(and(eq(trainingRuns.project, project), eq(trainingRuns.runId, trialId)));
  },
});
