import type { EventData, EVENTS, Gate, Sample } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import type { EffectContext } from "@millrace/service";
import { and, desc, eq, inArray, lt } from "drizzle-orm";
import { deployments, type DeploymentState } from "./tables.ts";

export type Deployment = typeof deployments.$inferSelect;

/** Which attempt of which run. */
export interface DeploymentKey {
  readonly runId: string;
  readonly attempt: number;
}

/** Begins a deployment, or begins it anew under a later attempt. An earlier attempt that comes late changes nothing. */
export async function beginDeployment(
  context: EffectContext,
  { runId, attempt, model, version, prompts }: EventData<typeof EVENTS.modelDeploy>,
): Promise<void> {
  const startedAt = context.now();
  const row = {
    attempt,
    model,
    version,
    prompts,
    percent: 0,
    error: null,
    samples: [],
    gates: [],
    startedAt,
    updatedAt: startedAt,
  };
  await context.db
    .insert(deployments)
    .values({ project: context.project, runId, state: "packaging", ...row })
    .onConflictDoUpdate({
      target: [deployments.project, deployments.runId],
      set: { state: "packaging", ...row },
      setWhere: lt(deployments.attempt, attempt),
    });
}

/** What a move records beside the state. */
export interface DeploymentChange {
  readonly percent?: number;
  readonly error?: string;
  readonly samples?: Sample[];
  readonly gates?: Gate[];
}

/**
 * Moves a deployment on, if it stands where the move begins: what an abandoned attempt still reports moves nothing.
 * @returns The row after the move, or undefined if nothing moved.
 */
export async function moveDeployment(
  context: EffectContext,
  { runId, attempt }: DeploymentKey,
  from: readonly DeploymentState[],
  to: DeploymentState,
  change: DeploymentChange = {},
): Promise<Deployment | undefined> {
  const [row] = await context.db
    .update(deployments)
    .set({ state: to, updatedAt: context.now(), ...change })
    .where(
      and(
        eq(deployments.project, context.project),
        eq(deployments.runId, runId),
        eq(deployments.attempt, attempt),
        inArray(deployments.state, [...from]),
      ),
    )
    .returning();
  return row;
}

/**
 * Lists deployments of a project, newest first.
 * @param limit Most to return.
 */
export async function listDeployments(db: Queries, project: string, limit: number): Promise<Deployment[]> {
  return db
    .select()
    .from(deployments)
    .where(eq(deployments.project, project))
    .orderBy(desc(deployments.startedAt), desc(deployments.runId))
    .limit(limit);
}
