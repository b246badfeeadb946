/** A run whose deployment waits for a person says so, and does not count the wait as work. */
import { EVENTS } from "@millrace/contracts";
import { type EffectContext, onEvent } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { lockRun } from "../advance.ts";
import { awaitedIn, further, isLater, noteSince, type Unanswered } from "../awaited.ts";
import { type StageRow, stages } from "../tables.ts";
import { seenAtWork } from "../working_time.ts";

export const followRollout = onEvent({
  name: "follow_rollout",
  version: 1,
  event: EVENTS.rolloutMoved,
  handle: ({ data }, context) =>
    learn(context, data.runId, ({ rollout, unanswered }) => ({
      rollout: isLater(data, rollout) ? data : rollout,
      unanswered,
    })),
});

/** Notes that no rule has acted on what was found of a version. */
export function noteUnanswered(context: EffectContext, runId: string, found: Unanswered): Promise<void> {
  return learn(context, runId, ({ rollout, unanswered }) => ({ rollout, unanswered: further(found, unanswered) }));
}

/** Changes the stage that deploys, while it runs: a roll-out that is begun again later is none of the run's. */
async function learn(
  context: EffectContext,
  runId: string,
  learned: (stage: StageRow) => Pick<StageRow, "rollout" | "unanswered">,
): Promise<void> {
  const run = await lockRun(context, runId);
  if (run === undefined) return;
  const isDeploying = and(eq(stages.project, context.project), eq(stages.runId, runId), eq(stages.stage, "deploying"));
  const [stage] = await context.db.select().from(stages).where(isDeploying);
  if (stage?.state !== "running") return;
  const { rollout, unanswered } = learned(stage);
  const awaits = noteSince(awaitedIn(rollout, unanswered), stage.awaits, context.now());
  await context.db
    .update(stages)
    .set({ rollout, unanswered, awaits, ...seenAtWork(context.now()) })
    .where(isDeploying);
}
