/** The moves of a roll-out. Each is asked for where a deployment stands somewhere else than expected, too, and then does nothing. */
import { type DeploymentState, type EventData, EVENTS } from "@millrace/contracts";
import type { EffectContext } from "@millrace/service";
import { type Deployment, findDeployment, listOfModel, moveDeployment, startAgain } from "../deployment_store.ts";
import { MOST_UNAPPROVED_PERCENT } from "../protection.ts";
import { ON_TRIAL } from "../stages.ts";
import { forgetWindows } from "./canary_windows.ts";
import { exercise } from "./exercise.ts";
import { takeBack } from "./take_back.ts";

/** Its replicas are gone or about to go, but its package is there. */
const UNLOADED: readonly DeploymentState[] = ["superseded", "rolled_back", "failed", "cancelled"];

/** On the way to `ready`. */
const COMING: readonly DeploymentState[] = ["packaging", "gating", "loading", "smoke"];

/**
 * Gives a version all traffic if none is live, else a canary's part. One that is not loaded yet goes on by itself when it answers, and
 * one that is not loaded any more is loaded again.
 */
export async function startRollout(context: EffectContext, command: Command, isProtected: boolean): Promise<void> {
  const { model, version } = command;
  const row = await findDeployment(context, model, version);
  if (row === undefined) return;
  const requestedBy = requesterOf(command, row);
  if (row.state === "ready") return beginRollout(context, { ...row, requestedBy }, isProtected, command.reason);
  if (COMING.includes(row.state)) {
    await moveDeployment(context, row, [row.state], row.state, { requested: true, requestedBy });
    return;
  }
  if (!UNLOADED.includes(row.state) || row.package === null) return;
  const again = await startAgain(context, row, requesterOf(command));
  const { runId, attempt, package: served } = again;
  const load = { runId, model, version, attempt, package: served as NonNullable<typeof served> };
  context.output(`${model}@${version} attempt ${attempt}`, EVENTS.servingLoad, load);
}

/**
 * Begins the roll-out of a version that answers.
 * @param isProtected Whether all traffic takes the approval of a second person; a canary's part is bounded until then.
 * @param reason Why, for whoever is to approve.
 */
export async function beginRollout(
  context: EffectContext,
  row: Deployment,
  isProtected: boolean,
  reason: string,
): Promise<void> {
  const { model, version } = row;
  const others = await listOfModel(context, model);
  for (const other of others) {
    if (other.runId === row.runId || !ON_TRIAL.includes(other.state)) continue;
    await takeBack(context, other, "command", `version ${version} is tried instead`);
  }
  const stable = others.find(({ state, runId }) => state === "live" && runId !== row.runId);
  if (stable === undefined || row.canary === null) {
    return isProtected ? askApproval(context, row, ["ready"], reason) : route(context, row, ["ready"], "routing", 100);
  }
  const percent = isProtected ? Math.min(row.canary.percent, MOST_UNAPPROVED_PERCENT) : row.canary.percent;
  const started = {
    requestedBy: row.requestedBy,
    canary: { ...row.canary, percent },
    stable: stable.version,
    canaryStartedAt: context.now(),
    verdict: null,
    evidence: null,
  };
  await forgetWindows(context.db, { project: context.project, runId: row.runId });
  await route(context, row, ["ready"], "canary", percent, started);
  await exercise(context, { ...row, ...started });
}

/** Gives a version that answers all traffic, or asks whether it may have it. */
export async function promote(context: EffectContext, command: Command, isProtected: boolean): Promise<void> {
  const row = await findDeployment(context, command.model, command.version);
  if (row === undefined) return;
  if (!isProtected) return route(context, row, ["ready", ...ON_TRIAL], "routing", 100);
  const asked = { ...row, requestedBy: requesterOf(command, row) };
  await askApproval(context, asked, ["ready", "canary", "paused"], command.reason);
}

/** Goes on with a version that was waited for a second person with, or takes it back. */
export async function decide(
  context: EffectContext,
  { model, version, attempt, decision, by, comment }: EventData<typeof EVENTS.approvalDecided>,
): Promise<void> {
  const row = await findDeployment(context, model, version);
  if (row?.attempt !== attempt || row.state !== "awaiting_approval") return;
  if (decision === "approved") return route(context, row, ["awaiting_approval"], "routing", 100);
  await takeBack(context, row, "command", `${by} did not approve: ${comment}`.slice(0, MOST_REASON));
}

type Command = EventData<typeof EVENTS.rolloutStart>;
const MOST_REASON = 500;

/**
 * Who is not to approve of it. A rule has no name: it goes on with what a person has asked for, if one has, and what it asked for alone any
 * approver may approve.
 * @param before The attempt that the command goes on with.
 */
function requesterOf({ by }: Command, before?: Deployment): string {
  return by ?? before?.requestedBy ?? "automation";
}

/** What it has of the traffic stays its own until somebody has decided. */
async function askApproval(
  context: EffectContext,
  row: Deployment,
  from: readonly DeploymentState[],
  reason: string,
): Promise<void> {
  const { runId, model, version, attempt } = row;
  const by = row.requestedBy ?? "automation";
  const moved = await moveDeployment(context, row, from, "awaiting_approval", { requested: false, requestedBy: by });
  if (moved === undefined) return;
  const named = { runId, model, version, attempt };
  context.output(`${model}@${version} attempt ${attempt}`, EVENTS.approvalRequested, { ...named, by, reason });
}

async function route(
  context: EffectContext,
  row: Deployment,
  from: readonly DeploymentState[],
  to: "canary" | "routing",
  percent: number,
  change: object = {},
): Promise<void> {
  const { runId, attempt, model, version } = row;
  const moved = await moveDeployment(context, row, from, to, { requested: false, ...change });
  if (moved === undefined) return;
  const key = `${model}@${version} attempt ${attempt} ${percent} %`;
  context.output(key, EVENTS.servingRoute, { runId, model, version, attempt, percent });
}
