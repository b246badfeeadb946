import { type DeploymentState, type DeploymentStep, type EventData, EVENTS } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import type { EffectContext } from "@millrace/service";
import { and, desc, eq, inArray, lt, ne, type SQL, sql } from "drizzle-orm";
import { deployments } from "./tables.ts";

export type Deployment = typeof deployments.$inferSelect;

/** States in which a version has a canary's part of the traffic, or none yet. */
export const BESIDE_LIVE: readonly DeploymentState[] = ["canary", "paused", "awaiting_approval", "routing"];

/** Which attempt of which run. */
export interface DeploymentKey {
  readonly runId: string;
  readonly attempt: number;
}

const NO_CANARY = { stable: null, canaryStartedAt: null, verdict: null, evidence: null };

/** Begins a deployment, or begins it anew under a later attempt. An earlier attempt that comes late changes nothing. */
export async function beginDeployment(
  context: EffectContext,
  { runId, attempt, model, version, prompts, tokenized, canary }: EventData<typeof EVENTS.modelDeploy>,
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
    package: null,
    tokenized,
    canary: canary ?? null,
    requested: false,
    requestedBy: null,
    ...NO_CANARY,
    steps: [stepOf("packaging", startedAt)],
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
export type DeploymentChange = Partial<
  Pick<
    Deployment,
    | "percent"
    | "error"
    | "samples"
    | "gates"
    | "package"
    | "requested"
    | "requestedBy"
    | "canary"
    | "stable"
    | "canaryStartedAt"
    | "verdict"
    | "evidence"
  >
>;

/**
 * Moves a deployment on and tells of it, if it stands where the move begins: what an abandoned attempt still reports moves nothing.
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
    .set({ state: to, steps: withStep(to, context.now()), updatedAt: context.now(), ...change })
    .where(
      and(
        eq(deployments.project, context.project),
        eq(deployments.runId, runId),
        eq(deployments.attempt, attempt),
        inArray(deployments.state, [...from]),
      ),
    )
    .returning();
  if (row !== undefined && !from.includes(to)) tellMove(context, row);
  return row;
}

function tellMove(context: EffectContext, { runId, model, version, attempt, state, steps, requestedBy }: Deployment) {
  const moved = { runId, model, version, attempt, step: steps.length, state, by: requestedBy };
  context.output(`${model}@${version} attempt ${attempt} step ${steps.length}`, EVENTS.rolloutMoved, moved, runId);
}

function stepOf(state: DeploymentState, atMs: number): DeploymentStep {
  return { state, at: new Date(atMs).toISOString() };
}

/** The steps with one more, unless the deployment is there already. */
function withStep(to: DeploymentState, atMs: number): SQL<DeploymentStep[]> {
  const more = sql`${deployments.steps} || ${JSON.stringify([stepOf(to, atMs)])}::jsonb`;
  return sql`case when ${deployments.state} = ${to} then ${deployments.steps} else ${more} end`;
}

/**
 * Finds the deployment of a version for changing it: whoever else would change it waits.
 * @returns Undefined if the version was never deployed.
 */
export async function findDeployment(
  { db, project }: EffectContext,
  model: string,
  version: number,
): Promise<Deployment | undefined> {
  const [row] = await db
    .select()
    .from(deployments)
    .where(ofVersion(project, model, version))
    .for("update");
  return row;
}

/** Lists the deployments of a model for changing them, newest version first. */
export async function listOfModel({ db, project }: EffectContext, model: string): Promise<Deployment[]> {
  return db
    .select()
    .from(deployments)
    .where(and(eq(deployments.project, project), eq(deployments.model, model)))
    .orderBy(desc(deployments.version))
    .for("update");
}

/** Begins the deployment of a packaged version anew, under the next attempt, to go on when it answers. */
export async function startAgain(
  context: EffectContext,
  { runId, attempt }: Deployment,
  requestedBy: string,
): Promise<Deployment> {
  const startedAt = context.now();
  const anew = { percent: 0, error: null, requested: true, requestedBy, ...NO_CANARY, startedAt, updatedAt: startedAt };
  const steps = [stepOf("loading", startedAt)];
  const [row] = await context.db
    .update(deployments)
    .set({ state: "loading", steps, attempt: attempt + 1, ...anew })
    .where(and(eq(deployments.project, context.project), eq(deployments.runId, runId)))
    .returning();
  return row as Deployment;
}

/** Notes that the other versions of a model have no traffic any more. */
export async function supersedeOthers(context: EffectContext, { runId, model }: Deployment): Promise<void> {
  await context.db
    .update(deployments)
    .set({
      state: "superseded",
      steps: withStep("superseded", context.now()),
      percent: 0,
      updatedAt: context.now(),
    })
    .where(
      and(
        eq(deployments.project, context.project),
        eq(deployments.model, model),
        eq(deployments.state, "live"),
        ne(deployments.runId, runId),
      ),
    );
}

/** Finds the deployment of a version, to be looked at. */
export async function readDeployment(
  db: Queries,
  project: string,
  model: string,
  version: number,
): Promise<Deployment | undefined> {
  const [row] = await db
    .select()
    .from(deployments)
    .where(ofVersion(project, model, version));
  return row;
}

function ofVersion(project: string, model: string, version: number): SQL | undefined {
  return and(eq(deployments.project, project), eq(deployments.model, model), eq(deployments.version, version));
}

/**
 * Lists deployments of a project, newest first.
 * @param limit Most to return.
 * @param model Of this one alone.
 */
export async function listDeployments(
  db: Queries,
  project: string,
  limit: number,
  model?: string,
): Promise<Deployment[]> {
  return db
    .select()
    .from(deployments)
    .where(and(eq(deployments.project, project), model === undefined ? undefined : eq(deployments.model, model)))
    .orderBy(desc(deployments.startedAt), desc(deployments.runId))
    .limit(limit);
}

/** Deployments that have a part of the traffic beside this one. */
export function readCanariesOf(db: Queries, { project, model, version }: Deployment): Promise<Deployment[]> {
  const ofModel = and(eq(deployments.project, project), eq(deployments.model, model));
  return db
    .select()
    .from(deployments)
    .where(and(ofModel, eq(deployments.stable, version), inArray(deployments.state, [...BESIDE_LIVE])));
}
