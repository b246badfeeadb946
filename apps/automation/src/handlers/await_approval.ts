/** A run whose version waits for a second person says so, and does not count the wait as work. */
import { EVENTS } from "@millrace/contracts";
import { type EffectContext, onEvent } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { lockRun } from "../advance.ts";
import { type StageRow, stages } from "../tables.ts";
import { seenAtWork } from "../working_time.ts";

export const awaitApproval = onEvent({
  name: "await_approval",
  version: 1,
  event: EVENTS.approvalRequested,
  handle: ({ data }, context) =>
    changeWait(context, data.runId, ({ awaits, decidedAttempt }) =>
      data.attempt > Math.max(decidedAttempt, awaits?.attempt ?? 0) ? { awaits: data } : undefined,
    ),
});

export const goOnDecided = onEvent({
  name: "go_on_decided",
  version: 1,
  event: EVENTS.approvalDecided,
  handle: ({ data }, context) =>
    changeWait(context, data.runId, ({ awaits, decidedAttempt }) => ({
      awaits: awaits !== null && awaits.attempt > data.attempt ? awaits : null,
      decidedAttempt: Math.max(decidedAttempt, data.attempt),
    })),
});

/** Changes the stage that deploys, while it runs: a roll-out that is begun again later is none of the run's. */
async function changeWait(
  context: EffectContext,
  runId: string,
  change: (stage: StageRow) => Partial<StageRow> | undefined,
): Promise<void> {
  const run = await lockRun(context, runId);
  if (run === undefined) return;
  const isDeploying = and(eq(stages.project, context.project), eq(stages.runId, runId), eq(stages.stage, "deploying"));
  const [stage] = await context.db.select().from(stages).where(isDeploying);
  const changes = stage?.state === "running" ? change(stage) : undefined;
  if (changes === undefined) return;
  await context.db
    .update(stages)
    .set({ ...changes, ...seenAtWork(context.now()) })
    .where(isDeploying);
}
