import { EVENTS, SourcePlan } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { CLEAN_SHARD, cleanShardKey } from "../jobs/clean_shard.ts";
import { readJson } from "../json_artifacts.ts";
import { cleanedFiles, shards } from "../tables.ts";

/** Starts one job a shard of the source list. */
export const corpusClean = onEvent({
  name: "corpus_clean",
  version: 1,
  event: EVENTS.corpusClean,
  prepare: ({ data }, { artifacts }) => readJson(artifacts, data.plan, SourcePlan),
  async handle({ data }, context, plan) {
    // An earlier attempt may have left rows; counted with the new ones they would end the stage before its time.
    const ofRun = and(eq(shards.project, context.project), eq(shards.runId, data.runId));
    await context.db.delete(shards).where(ofRun);
    const filesOfRun = and(eq(cleanedFiles.project, context.project), eq(cleanedFiles.runId, data.runId));
    await context.db.delete(cleanedFiles).where(filesOfRun);
    for (const shard of plan.shards.keys()) {
      const key = cleanShardKey(data.runId, shard, data.attempt);
      await context.startJob(CLEAN_SHARD, key, { ...data, shard });
    }
  },
});
