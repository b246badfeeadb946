import { EVENTS, Recipe } from "@millrace/contracts";
import { defineJob, failStage, type JobKind, yielding } from "@millrace/service";
import { type BaseFolders, BaseModelError } from "../base/base_folder.ts";
import { importBase } from "../base/import_base.ts";
import { putJson, readJson } from "../json_artifacts.ts";
import { openPolicy } from "../open_policy.ts";
import { openTasks } from "../open_tasks.ts";
import { planSources } from "../plan_sources.ts";
import type { SourceFiles } from "../source_files.ts";
import { tellProgress } from "../stage_progress.ts";
import { plans } from "../tables.ts";
import { UnusableSourceError } from "../unusable_source.ts";

export const COLLECT = "collect";

/** Freezes what a run is made of: the list of its sources, and the model that it trains further, if it names one. */
export function collectJob(files: SourceFiles, bases: BaseFolders): JobKind {
  return defineJob({
    kind: COLLECT,
    version: 1,
    input: EVENTS.corpusCollect.schema,
    async run(job, context) {
      const { artifacts, signal } = context;
      const recipe = await readJson(artifacts, job.input.recipe, Recipe);
      // Asked before anything is read, though it is cleaning that needs it.
      const policy = await openPolicy(recipe.corpus.policy, files);
      if ("code" in policy) return { refusal: policy };
      const tasks = await openTasks(recipe.evaluation.tasks, files, artifacts);
      if ("code" in tasks) return { refusal: tasks };
      const pause = yielding(context);
      const tell = tellProgress(job, "collecting", "files", context);
      let plan;
      try {
        plan = await planSources(recipe, files, async (done, total) => {
          signal.throwIfAborted();
          await pause();
          await tell(done, total);
        });
      } catch (error) {
        if (!(error instanceof UnusableSourceError)) throw error;
        return { refusal: { code: "no_documents" as const, message: error.message } };
      }
      if (plan.sources.length === 0) {
        const paths = recipe.sources.map(({ path }) => path).join(", ");
        const message = `listing the sources: found no readable document in ${paths}; wanted txt, md, html, jsonl, or gz of these`;
        return { refusal: { code: "no_documents" as const, message } };
      }
      const ref = await putJson(artifacts, plan);
      const { from } = recipe.model;
      if (from === undefined || !recipe.train.enabled) return { plan, tasks, ref };
      // The file list is done: from here on the stage counts the bytes of the model.
      const tellBytes = tellProgress({ ...job, progress: null }, "collecting", "bytes of the base model", context);
      try {
        const folder = await bases.find(from, signal);
        return { plan, tasks, ref, base: await importBase(folder, artifacts, { taken: tellBytes, signal }) };
      } catch (error) {
        if (!(error instanceof BaseModelError)) throw error;
        const { message, mayPass } = error;
        const passing = { code: "base_model_unreachable" as const, message };
        return { refusal: mayPass ? passing : { code: "base_model_invalid" as const, message } };
      }
    },
    async completed(outcome, context, { input }) {
      if (outcome.refusal) return failStage(context, "collecting", input, outcome.refusal);
      const { plan, tasks, ref, base } = outcome;
      const sizeBytes = plan.sources.reduce((sum, source) => sum + source.sizeBytes, 0);
      const row = {
        plan: ref,
        shards: plan.shards.length,
        sources: plan.sources.length + plan.quarantined.length,
        sizeBytes,
        quarantined: plan.quarantined.length,
        createdAt: context.now(),
      };
      await context.db
        .insert(plans)
        .values({ project: context.project, runId: input.runId, ...row })
        .onConflictDoUpdate({ target: [plans.project, plans.runId], set: row });
      const { sources, shards } = row;
      const told = { runId: input.runId, plan: ref, sources, sizeBytes, shards };
      const collected = { ...told, ...(base && { base }), ...(tasks.length > 0 && { tasks }) };
      context.output("the run", EVENTS.corpusCollected, collected);
    },
    async failed(error, context, { input }) {
      failStage(context, "collecting", input, { code: "collecting_failed", message: error.message });
    },
  });
}
