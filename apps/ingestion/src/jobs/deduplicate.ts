import { ArtifactRef, type DropReport, EVENTS, Recipe, SourcePlan } from "@millrace/contracts";
import { documentId } from "@millrace/corpus";
import { defineJob, failStage, yielding } from "@millrace/service";
import { and, asc, eq, inArray } from "drizzle-orm";
import { z } from "zod";
import { deduplicate } from "../deduplicate.ts";
import { FORGET_DOCUMENT, forgottenIds, takeTurns } from "../forgotten.ts";
import { attemptKey } from "../handlers/corpus_collect.ts";
import { putJson, readJson } from "../json_artifacts.ts";
import { tellProgress } from "../stage_progress.ts";
import { corpora, passages, plans, shards } from "../tables.ts";

export const DEDUPLICATE = "deduplicate";

const IDS_AT_ONCE = 500;

/** Decides over all documents of a run and writes its corpus. */
export const deduplicateJob = defineJob({
  kind: DEDUPLICATE,
  version: 1,
  input: z.strictObject({ runId: z.string(), attempt: z.number(), recipe: ArtifactRef }),
  async run(job, context) {
    const { input } = job;
    const { artifacts, database, project, signal } = context;
    const tell = tellProgress(job, "deduplicating", "document readings", context);
    const pause = yielding(context);
    const recipe = await readJson(artifacts, input.recipe, Recipe);
    const db = database.drizzle;
    const [plan] = await db
      .select()
      .from(plans)
      .where(and(eq(plans.project, project), eq(plans.runId, input.runId)));
    if (!plan)
      throw new Error(`deduplicating run ${input.runId}: found no source list, wanted the one it was cleaned by`);
    const cleaned = await db
      .select()
      .from(shards)
      .where(and(eq(shards.project, project), eq(shards.runId, input.runId)))
      .orderBy(asc(shards.shard));
    const { quarantined, skipped } = await readJson(artifacts, plan.plan, SourcePlan);
    const setAside = await Promise.all(
      quarantined.map(async ({ path, reason, detail }) => ({
        id: await documentId(path, 0),
        source: path,
        stage: "quarantine" as const,
        reasons: [{ code: reason, detail }],
        sizeBytes: 0,
        excerpt: "",
      })),
    );
    const forgotten = await forgottenIds(db, project);
    const made = await deduplicate(artifacts, cleaned, {
      forgotten,
      policy: recipe.corpus.policy.split("/").at(-1) ?? recipe.corpus.policy,
      validationFraction: recipe.corpus.validationFraction,
      sources: { count: plan.sources, sizeBytes: plan.sizeBytes, skipped },
      quarantined: setAside,
      async reached(done, total) {
        signal.throwIfAborted();
        await pause();
        await tell(done, total);
      },
    });
    if (made.manifest.report.kept === 0)
      return { refusal: { code: "no_documents_left" as const, message: whyNothing(made.manifest.report) } };
    return { ...made, leftOut: forgotten.size, corpus: await putJson(artifacts, made.manifest) };
  },
  async completed(outcome, context, { input }) {
    if ("refusal" in outcome) return failStage(context, "deduplicating", input, outcome.refusal);
    const { db, project } = context;
    const { runId } = input;
    const { corpus, manifest, duplicates, forgotten } = outcome;
    await takeTurns(db, project, "writing down");
    const known = await forgottenIds(db, project);
    if (known.size > outcome.leftOut) throw new Error(`a document was forgotten while run ${runId} was deduplicated`);
    const row = { corpus, manifest, report: manifest.report, createdAt: context.now() };
    await db
      .insert(corpora)
      .values({ project, runId, ...row })
      .onConflictDoUpdate({ target: [corpora.project, corpora.runId], set: row });
    const ofRun = and(eq(passages.project, project), eq(passages.runId, runId));
    const gone = [...duplicates, ...forgotten];
    for (let at = 0; at < gone.length; at += IDS_AT_ONCE) {
      await db.delete(passages).where(and(ofRun, inArray(passages.documentId, gone.slice(at, at + IDS_AT_ONCE))));
    }
    // Forgotten after its shard was cleaned: the shard still holds its text.
    for (const id of forgotten) {
      await context.startJob(FORGET_DOCUMENT, `${id} of ${attemptKey(input)}`, { documentId: id });
    }
    const { corpusHash, report } = manifest;
    context.output("the run", EVENTS.corpusDeduplicated, { runId, corpus, corpusHash, report });
  },
  async failed(error, context, { input }) {
    failStage(context, "deduplicating", input, { code: "deduplicating_failed", message: error.message });
  },
});

function whyNothing({ read, quarantined, dropped }: DropReport): string {
  const reasons = Object.entries(dropped)
    .sort(([, left], [, right]) => right - left)
    .slice(0, 3)
    .map(([reason, count]) => `${reason} (${count})`);
  const why = reasons.length > 0 ? `; most frequent reasons: ${reasons.join(", ")}` : "";
  return `cleaning the corpus: none of ${read} documents is left, ${quarantined} could not be read${why}; see corpus.policy`;
}
