/**
 * Deployments that came to where they stand before their moves were told of: an upgrade finds runs that wait for a person, and nothing
 * would say so. The deployer is asked for each run that has heard nothing, until none is left of those from before this process began.
 */
import { DeploymentView } from "@millrace/contracts";
import type { Peers, Schedule } from "@millrace/service";
import { and, eq, isNull, lte } from "drizzle-orm";
import { awaitedIn, type Unanswered } from "./awaited.ts";
import { runs, stages } from "./tables.ts";
import { seenAtWork } from "./working_time.ts";

/** Makes the schedule of one process; once nothing is left to ask for it reads nothing any more. */
export function askRollouts(): Schedule {
  let begunAt: number | undefined;
  let isOver = false;
  return {
    name: "ask_rollouts",
    everyMs: 30_000,
    async run({ database: { drizzle: db }, log, peers, now }, signal) {
      if (isOver) return;
      begunAt ??= now();
      const isUnheard = and(eq(stages.stage, "deploying"), eq(stages.state, "running"), isNull(stages.rollout));
      const unheard = and(isUnheard, lte(stages.startedAt, begunAt));
      const ofRun = and(eq(runs.project, stages.project), eq(runs.id, stages.runId));
      const found = await db
        .select({ project: stages.project, runId: stages.runId, facts: runs.facts })
        .from(stages)
        .innerJoin(runs, ofRun)
        .where(unheard);
      isOver = found.length === 0;
      for (const { project, runId, facts } of found) {
        const { model, version } = facts.registered ?? {};
        if (model === undefined || version === undefined) continue;
        const deployment = await deploymentOf(peers, project, `${model}/${version}`, signal).catch((error: unknown) => {
          signal.throwIfAborted();
          log.error("asking how far a run's deployment is failed; others are asked all the same", { runId, error });
        });
        // A version that another run deploys again tells nothing of this one.
        if (deployment?.runId !== runId) continue;
        const { state, steps, attempt = 1, requestedBy: by = null } = deployment;
        const rollout = { runId, model, version, attempt, step: steps.length, state, by };
        // What a rule had acted on would not stand there any more.
        const finding: Unanswered["finding"] | undefined =
          state === "ready" ? "ready" : deployment.verdict === "healthy" ? "healthy" : undefined;
        const unanswered = finding === undefined ? null : { attempt, finding };
        const awaited = awaitedIn(rollout, unanswered);
        // What goes on by itself tells of its next move.
        if (awaited === null) continue;
        const awaits = { ...awaited, sinceMs: Date.parse(deployment.updatedAt) };
        await db
          .update(stages)
          .set({ rollout, unanswered, awaits, ...seenAtWork(now()) })
          .where(and(eq(stages.project, project), eq(stages.runId, runId), unheard));
      }
    },
  };
}

/** @returns Undefined where the version was not deployed yet. */
async function deploymentOf(
  peers: Peers,
  project: string,
  path: string,
  signal: AbortSignal,
): Promise<DeploymentView | undefined> {
  const headers = { "millrace-project": project };
  const request = new Request(`http://deployer/api/deployer/deployments/${path}`, { headers, signal });
  const response = await peers.fetch("deployer", request);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`asking for deployment ${path}: found status ${response.status}, wanted 200`);
  return DeploymentView.parse(await response.json());
}
