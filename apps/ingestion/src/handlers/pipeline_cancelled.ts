import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { CLEAN_SHARD, cleanShardKey } from "../jobs/clean_shard.ts";
import { COLLECT } from "../jobs/collect.ts";
import { DEDUPLICATE } from "../jobs/deduplicate.ts";
import { plans } from "../tables.ts";
import { attemptKey } from "./corpus_collect.ts";

/** Ends the jobs of a run that was cancelled. */
export const pipelineCancelled = onEvent({
  name: "pipeline_cancelled",
  version: 1,
  event: EVENTS.pipelineCancelled,
  async handle({ data }, context) {
    await context.cancelJob(COLLECT, attemptKey(data));
    await context.cancelJob(DEDUPLICATE, attemptKey(data));
    const [plan] = await context.db
      .select({ shards: plans.shards })
      .from(plans)
      .where(and(eq(plans.project, context.project), eq(plans.runId, data.runId)));
    for (let shard = 0; shard < (plan?.shards ?? 0); shard += 1) {
      await context.cancelJob(CLEAN_SHARD, cleanShardKey(data.runId, shard, data.attempt));
    }
  },
});
