import { ArtifactRef, type DroppedDocument, EVENTS, Recipe, SourcePlan } from "@millrace/contracts";
import { openLanguageDetector } from "@millrace/corpus";
import { defineJob, type JobKind } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { cleanDocument } from "../clean_document.ts";
import { bytesOf, countsOf } from "../counts.ts";
import { putLines, readJson } from "../json_artifacts.ts";
import type { PassedDocument } from "../passed_document.ts";
import { passagesOf } from "../passages.ts";
import { pauses } from "../pauses.ts";
import { openPolicy } from "../open_policy.ts";
import { readSources } from "../read_sources.ts";
import type { SourceFiles } from "../source_files.ts";
import { failStage } from "../stage_failure.ts";
import { passages, shards } from "../tables.ts";

export const CLEAN_SHARD = "clean_shard";

/** Key of the job of one shard. */
export function cleanShardKey(runId: string, shard: number, attempt: number): string {
  return `${runId} shard ${shard} attempt ${attempt}`;
}

const PROGRESS_MS = 1000;
const PASSAGES_AT_ONCE = 500;

/** Cleans the documents of one shard and puts those that pass into the search index. */
export function cleanShardJob(files: SourceFiles): JobKind {
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
      const { artifacts, signal, now } = context;
      const recipe = await readJson(artifacts, input.recipe, Recipe);
      const plan = await readJson(artifacts, input.plan, SourcePlan);
      const policy = await openPolicy(recipe.corpus.policy, files);
      if ("code" in policy) return { refusal: policy };
      const detectLanguage = await openLanguageDetector();
      const { from, to } = plan.shards[input.shard] as { from: number; to: number };
      const passed: PassedDocument[] = [];
      const dropped: DroppedDocument[] = [];
      let readBytes = 0;
      const pause = pauses(now);
      let toldAt = now();
      const total = plan.sources.length;
      const sources = plan.sources.slice(from, to);
      for await (const read of readSources(files, plan.root, sources, recipe.corpus.maxDocumentBytes)) {
        signal.throwIfAborted();
        await pause();
        if (!read.ok) {
          dropped.push(read.dropped);
          continue;
        }
        const { scrub, languages = [] } = recipe.corpus;
        const options = { policy, languages, scrub, detectLanguage, licence: read.licence };
        const cleaned = await cleanDocument(read.document, options);
        if (cleaned.passed) passed.push(cleaned.document);
        else dropped.push(cleaned.dropped);
        if (cleaned.passed || cleaned.dropped.stage !== "quarantine") readBytes += bytesOf(read.document.text);
        if (now() - toldAt < PROGRESS_MS) continue;
        toldAt = now();
        const done = Math.min(
          total - 1,
          from + Math.floor(((passed.length + dropped.length) * (to - from)) / (to - from + 1)),
        );
        const progress = {
          runId: input.runId,
          stage: "cleaning" as const,
          done: Math.min(done, to),
          total,
          unit: "files",
        };
        await context.emit(
          `cleaning ${input.shard} ${passed.length + dropped.length}`,
          EVENTS.stageProgressed,
          progress,
        );
      }
      return {
        passed,
        counts: countsOf(passed, dropped, readBytes),
        documents: await putLines(artifacts, passed),
        dropped: await putLines(artifacts, dropped),
        shards: plan.shards.length,
        done: to,
        total,
      };
    },
    async completed(outcome, context, { input }) {
      const { runId, shard } = input;
      if (outcome.refusal) return failStage(context, "cleaning", input, outcome.refusal);
      const { db, project } = context;
      const row = { documents: outcome.documents, dropped: outcome.dropped, counts: outcome.counts };
      await db
        .insert(shards)
        .values({ project, runId, shard, ...row })
        .onConflictDoUpdate({ target: [shards.project, shards.runId, shards.shard], set: row });
      const ofShard = and(eq(passages.project, project), eq(passages.runId, runId), eq(passages.shard, shard));
      await db.delete(passages).where(ofShard);
      const found = outcome.passed.flatMap((document) => passagesOf(document));
      for (let at = 0; at < found.length; at += PASSAGES_AT_ONCE) {
        const rows = found.slice(at, at + PASSAGES_AT_ONCE).map((one) => ({ project, runId, shard, ...one }));
        await db.insert(passages).values(rows).onConflictDoNothing();
      }
      const { read, passed, quarantined, dropped, redactions } = outcome.counts;
      context.output(`shard ${shard}`, EVENTS.corpusShardCleaned, {
        runId,
        shard,
        shards: outcome.shards,
        documents: outcome.documents,
        dropped: outcome.dropped,
        counts: { read, passed, quarantined, dropped, redactions },
      });
      const progress = { runId, stage: "cleaning" as const, done: outcome.done, total: outcome.total, unit: "files" };
      context.output(`cleaned ${shard}`, EVENTS.stageProgressed, progress);
    },
    async failed(error, context, { input }) {
      failStage(context, "cleaning", input, { code: "cleaning_failed", message: error.message });
    },
  });
}
