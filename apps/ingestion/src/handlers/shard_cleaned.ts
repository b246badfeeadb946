import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { sumCounts } from "../counts.ts";
import { plans, shards } from "../tables.ts";

/** Closes the stage once every shard of the source list has its row. */
export const shardCleaned = onEvent({
  name: "shard_cleaned",
  version: 1,
  event: EVENTS.corpusShardCleaned,
  async handle({ data }, context) {
    const { db, project } = context;
    const { runId } = data;
    // The lock makes the last two shards take turns, so that one of them sees all rows.
    const [plan] = await db
      .select()
      .from(plans)
      .where(and(eq(plans.project, project), eq(plans.runId, runId)))
      .for("update");
    const rows = await db
      .select({ counts: shards.counts })
      .from(shards)
      .where(and(eq(shards.project, project), eq(shards.runId, runId)));
    if (!plan || rows.length < plan.shards) return;
    const total = plan.sources - plan.quarantined;
    const progress = { runId, stage: "cleaning" as const, done: total, total, unit: "files" };
    context.output("cleaning", EVENTS.stageProgressed, progress);
    const { read, passed } = sumCounts(rows.map(({ counts }) => counts));
    context.output("the run", EVENTS.corpusCleaned, { runId, shards: plan.shards, read, passed });
  },
});
