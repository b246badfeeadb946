import { ArtifactRef, EVENTS, Recipe } from "@millrace/contracts";
import { defineJob, failStage, type JobKind } from "@millrace/service";
import { z } from "zod";
import { putJson, readJson } from "../json_artifacts.ts";
import { openPolicy } from "../open_policy.ts";
import { pauses } from "../pauses.ts";
import { planSources } from "../plan_sources.ts";
import type { SourceFiles } from "../source_files.ts";
import { tellProgress } from "../stage_progress.ts";
import { plans } from "../tables.ts";

export const COLLECT = "collect";

/** Freezes the source list of a run. */
export function collectJob(files: SourceFiles): JobKind {
  return defineJob({
    kind: COLLECT,
    version: 1,
    input: z.strictObject({ runId: z.string(), attempt: z.number(), recipe: ArtifactRef }),
    async run(job, context) {
      const { artifacts, now, signal } = context;
      const recipe = await readJson(artifacts, job.input.recipe, Recipe);
      // Asked before anything is read, though it is cleaning that needs it.
      const policy = await openPolicy(recipe.corpus.policy, files);
      if ("code" in policy) return { refusal: policy };
      const pause = pauses(now);
      const tell = tellProgress(job, "collecting", "files", context);
      let plan;
      try {
        plan = await planSources(recipe, files, async (done, total) => {
          signal.throwIfAborted();
          await pause();
          await tell(done, total);
        });
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "UnusableSourceError") throw error;
        return { refusal: { code: "no_documents" as const, message: error.message } };
      }
      if (plan.sources.length === 0) {
        const paths = recipe.sources.map(({ path }) => path).join(", ");
        const message = `listing the sources: found no readable document in ${paths}; wanted txt, md, html, jsonl, or gz of these`;
        return { refusal: { code: "no_documents" as const, message } };
      }
      return { plan, ref: await putJson(artifacts, plan) };
    },
    async completed(outcome, context, { input }) {
      if (outcome.refusal) return failStage(context, "collecting", input, outcome.refusal);
      const { plan, ref } = outcome;
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
      context.output("the run", EVENTS.corpusCollected, { runId: input.runId, plan: ref, sources, sizeBytes, shards });
    },
    async failed(error, context, { input }) {
      failStage(context, "collecting", input, { code: "collecting_failed", message: error.message });
    },
  });
}
