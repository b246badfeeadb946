/** The moves of a roll-out. Each is asked for where a deployment stands somewhere else than expected, too, and then does nothing. */
import { type DeploymentState, EVENTS } from "@millrace/contracts";
import type { EffectContext } from "@millrace/service";
import { type Deployment, findDeployment, listOfModel, moveDeployment, startAgain } from "../deployment_store.ts";
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
export async function startRollout(context: EffectContext, model: string, version: number): Promise<void> {
  const row = await findDeployment(context, model, version);
  if (row === undefined) return;
  if (row.state === "ready") return beginRollout(context, row);
  if (COMING.includes(row.state)) {
    await moveDeployment(context, row, [row.state], row.state, { requested: true });
    return;
  }
  if (!UNLOADED.includes(row.state) || row.package === null) return;
  const again = await startAgain(context, row);
  const { runId, attempt, package: served } = again;
  const load = { runId, model, version, attempt, package: served as NonNullable<typeof served> };
  context.output(`${model}@${version} attempt ${attempt}`, EVENTS.servingLoad, load);
}

/** Begins the roll-out of a version that answers. */
export async function beginRollout(context: EffectContext, row: Deployment): Promise<void> {
  const { model, version } = row;
  const others = await listOfModel(context, model);
  for (const other of others) {
    if (other.runId === row.runId || !ON_TRIAL.includes(other.state)) continue;
    await takeBack(context, other, "command", `version ${version} is tried instead`);
  }
  const stable = others.find(({ state, runId }) => state === "live" && runId !== row.runId);
  if (stable === undefined || row.canary === null) return route(context, row, ["ready"], "routing", 100);
  const started = { stable: stable.version, canaryStartedAt: context.now(), verdict: null, evidence: null };
  await forgetWindows(context.db, { project: context.project, runId: row.runId });
  await route(context, row, ["ready"], "canary", row.canary.percent, started);
  await exercise(context, { ...row, ...started });
}

/** Gives a version that answers all traffic. */
export async function promote(context: EffectContext, model: string, version: number): Promise<void> {
  const row = await findDeployment(context, model, version);
  if (row !== undefined) await route(context, row, ["ready", ...ON_TRIAL], "routing", 100);
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
