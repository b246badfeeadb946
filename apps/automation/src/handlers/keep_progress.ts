import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { stages } from "../tables.ts";

/** Keeps the newest progress of a running stage. In order, so that an older report does not overwrite a newer one. */
export const keepProgress = onEvent({
  name: "keep_progress",
  version: 1,
  event: EVENTS.stageProgressed,
  maxInFlight: 1,
  async handle({ data }, context) {
    const { done, total, unit } = data;
    const row = and(eq(stages.project, context.project), eq(stages.runId, data.runId), eq(stages.stage, data.stage));
    await context.db.update(stages).set({ progress: { done, total, unit } }).where(row);
  },
});
