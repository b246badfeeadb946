import { EVENTS, NO_LIMITS } from "@millrace/contracts";
import { type LimitsOf, onEvent, type Subscription } from "@millrace/service";
import { asEnd, hasStopped, lockRun, moveOn, stopRun } from "../advance.ts";
import { askRoom, refusalOf } from "../room.ts";
import { findRun } from "../store.ts";
import { forgottenSince } from "../unforgotten.ts";

/**
 * Asks for the stage in which a run stopped, under the attempt that was planned. One that has ended meanwhile, or is on its way, stays as it
 * is. Documents that were forgotten while it was asked for are looked for again: from here on whoever forgets one finds the run under way.
 * @param limitsOf Absent: no project has a limit.
 */
export const resumePipeline = (limitsOf: LimitsOf | undefined): Subscription =>
  onEvent({
    name: "resume_pipeline",
    version: 1,
    event: EVENTS.pipelineResume,
    async prepare({ data }, { db, project, artifacts, peers }) {
      const found = await findRun(db, project, data.runId);
      const forgotten = found && (await forgottenSince(peers, found.run));
      // An attempt that was planned has its room.
      const room = data.attempt === undefined && (await askRoom((await limitsOf?.(project)) ?? NO_LIMITS, artifacts));
      return { forgotten, room };
    },
    async handle({ data }, context, { forgotten, room }) {
      const run = await lockRun(context, data.runId);
      if (run === undefined) return;
      const isAsked = room ? hasStopped(run) : run.state === "planned" && run.attempt === data.attempt;
      if (!isAsked) return;
      if (forgotten !== undefined) {
        return stopRun(context, run, "cancelled", { message: `resuming ${run.id}: ${forgotten}`, code: null });
      }
      const refusal = room && (await refusalOf(context.db, context.project, room));
      if (refusal) {
        const failure = { code: "limit_reached", message: `resuming ${run.id}: ${refusal.reason}` };
        return stopRun(context, run, "failed", asEnd(failure));
      }
      await moveOn(context, room ? { ...run, attempt: run.attempt + 1 } : run);
    },
  });
