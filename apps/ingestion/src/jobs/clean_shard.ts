import { ArtifactRef, EVENTS, Recipe, SourcePlan } from "@millrace/contracts";
import { defineJob, failStage, type JobContext, type JobKind } from "@millrace/service";
import { z } from "zod";
import { cleanSources } from "../clean_sources.ts";
import type { Cleaner } from "../cleaner.ts";
import { count, noCounts } from "../counts.ts";
import { asForgotten, FORGET_DOCUMENT, forgottenIds, isForgotten, takeTurns } from "../forgotten.ts";
import { openLines, readJson } from "../json_artifacts.ts";
import { openPolicy } from "../open_policy.ts";
import { hideForgotten, indexPassages } from "../search_index.ts";
import type { SourceFiles } from "../source_files.ts";
import { cleanedToTell, noteCleaned } from "../stage_progress.ts";
import { shards } from "../tables.ts";

export const CLEAN_SHARD = "clean_shard";

/** Key of the job of one shard. */
export function cleanShardKey(runId: string, shard: number, attempt: number): string {
  return `${runId} shard ${shard} attempt ${attempt}`;
}

const PROGRESS_MS = 1000;

/** Cleans the documents of one shard and puts those that pass into the search index. */
export function cleanShardJob(files: SourceFiles, cleaner: Cleaner): JobKind {
  return defineJob({
    kind: CLEAN_SHARD,
    version: 1,
    input: z.strictObject({
      runId: z.string(),
      attempt: z.number(),
      shard: z.number(),
      recipe: ArtifactRef,
      plan: ArtifactRef,
    }),
    async run({ input }, context) {
      const { artifacts, signal } = context;
      const recipe = await readJson(artifacts, input.recipe, Recipe);
      const plan = await readJson(artifacts, input.plan, SourcePlan);
      const policy = await openPolicy(recipe.corpus.policy, files);
      if ("code" in policy) return { refusal: policy };
      const { from, to } = plan.shards[input.shard] as { from: number; to: number };
      const { scrub, languages = [], maxDocumentBytes, split, validationFraction } = recipe.corpus;
      const heldOutEnd = split === "position" ? validationFraction : undefined;
      const forgotten = await forgottenIds(context.database.drizzle, context.project);
      const counts = noCounts();
      const documents = openLines(artifacts);
      const dropped = openLines(artifacts);
      try {
        const cleaning = cleanSources({
          files,
          cleaner,
          root: plan.root,
          sources: plan.sources.slice(from, to),
          settings: { policy, languages, scrub, maxDocumentBytes, heldOutEnd },
          signal,
          finished: tellCleaned(context, input, plan.sources.length),
        });
        for await (const found of cleaning) {
          const cleaned = isForgotten(forgotten, found.passed ? found.document : found.dropped)
            ? asForgotten(found)
            : found;
          count(counts, cleaned);
          if (cleaned.passed) await documents.write(cleaned.document);
          else await dropped.write(cleaned.dropped);
        }
      } catch (error) {
        await Promise.all([documents.abort(error), dropped.abort(error)]);
        throw error;
      }
      return {
        forgotten: [...forgotten],
        counts,
        documents: await documents.close(),
        dropped: await dropped.close(),
        shards: plan.shards.length,
        files: to - from,
      };
    },
    async completed(outcome, context, { input, key }) {
      const { runId, shard } = input;
      if (outcome.refusal) return failStage(context, "cleaning", input, outcome.refusal);
      const { db, project, artifacts } = context;
      const row = { documents: outcome.documents, dropped: outcome.dropped, counts: outcome.counts };
      await db
        .insert(shards)
        .values({ project, runId, shard, ...row })
        .onConflictDoUpdate({ target: [shards.project, shards.runId, shards.shard], set: row });
      await indexPassages(db, artifacts, { project, runId, shard }, outcome.documents);
      await takeTurns(db, project, "writing down");
      await hideForgotten(db, project, runId);
      // What was forgotten while this shard was cleaned looked for it in vain.
      const known = new Set(outcome.forgotten);
      for (const documentId of await forgottenIds(db, project)) {
        if (!known.has(documentId)) await context.startJob(FORGET_DOCUMENT, `${documentId} ${key}`, { documentId });
      }
      await noteCleaned(db, { project, runId, shard }, outcome.files);
      const { read, passed, quarantined, dropped, redactions } = outcome.counts;
      context.output(`shard ${shard}`, EVENTS.corpusShardCleaned, {
        runId,
        shard,
        shards: outcome.shards,
        documents: outcome.documents,
        dropped: outcome.dropped,
        counts: { read, passed, quarantined, dropped, redactions },
      });
    },
    async failed(error, context, { input }) {
      failStage(context, "cleaning", input, { code: "cleaning_failed", message: error.message });
    },
  });
}

/** Tells how many files of the run are cleaned, over all of its shards. */
function tellCleaned(
  { database: { drizzle: db }, project, now, emit }: JobContext,
  { runId, shard }: { readonly runId: string; readonly shard: number },
  total: number,
): (files: number) => Promise<void> {
  let notedAt = now();
  return async (files) => {
    if (now() - notedAt < PROGRESS_MS) return;
    notedAt = now();
    await noteCleaned(db, { project, runId, shard }, files);
    const done = await cleanedToTell(db, project, runId, notedAt);
    // The end is told by whoever closes the stage.
    if (done === undefined || done === total) return;
    const progress = { runId, stage: "cleaning" as const, done, total, unit: "files" };
    await emit(`cleaning ${done}`, EVENTS.stageProgressed, progress);
  };
}
