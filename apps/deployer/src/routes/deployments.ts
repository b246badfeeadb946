import {
  type DeploymentList,
  type DeploymentState,
  type DeploymentView,
  EVENTS,
  ModelName,
  RolloutCommand,
} from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, readJson, readQuery, needs, runCommand } from "@millrace/service";
import { z } from "zod";
import { type Deployment, listDeployments, readCanariesOf, readDeployment } from "../deployment_store.ts";
import { deploymentView } from "../deployment_view.ts";

const MOST_DEPLOYMENTS = 200;
/** Of one model: of each version that the registry lists. */
const MOST_OF_MODEL = 1000;
const Which = z.strictObject({ model: ModelName.optional() });

/** What can be asked for, in which states. */
const ACTIONS = {
  start: {
    event: EVENTS.rolloutStart,
    from: ["packaging", "gating", "loading", "smoke", "ready", "superseded", "rolled_back", "failed", "cancelled"],
  },
  promote: { event: EVENTS.rolloutPromote, from: ["ready", "canary", "paused"] },
  abort: { event: EVENTS.rolloutAbort, from: ["ready", "canary", "paused", "awaiting_approval"] },
  pause: { event: EVENTS.rolloutPause, from: ["canary"] },
  resume: { event: EVENTS.rolloutResume, from: ["paused"] },
} as const satisfies Record<string, { event: unknown; from: readonly DeploymentState[] }>;

/** States in which a version that is started is loaded again. */
const AGAIN: readonly DeploymentState[] = ["superseded", "rolled_back", "failed", "cancelled"];

/** Deployments and what can be done with them, over HTTP. */
export function deploymentRoutes(http: Http): void {
  http.get("/api/deployer/deployments", needs("viewer", "read"), async (context) => {
    const { ports, identity } = context.var;
    const { model } = readQuery(context, Which);
    const most = model === undefined ? MOST_DEPLOYMENTS : MOST_OF_MODEL;
    const rows = await listDeployments(ports.database.drizzle, identity.project, most, model);
    const list: DeploymentList = { deployments: rows.map((row) => deploymentView(row, rows)) };
    return context.json(list);
  });

  http.get("/api/deployer/deployments/:model/:version", needs("viewer", "read"), async (context) => {
    const { model, version } = context.req.param();
    return context.json(await shown(context, await requireDeployment(context, model, Number(version))));
  });

  http.post("/api/deployer/rollouts", needs("operator", "deploy"), async (context) => {
    const { action, model, version, reason, idempotencyKey } = await readJson(context, RolloutCommand);
    const row = await requireDeployment(context, model, version);
    const { event, from } = ACTIONS[action];
    if (!(from as readonly DeploymentState[]).includes(row.state)) {
      throw new HttpError(409, "conflict", `${action} of ${model}@${version}: ${whyNot(action, row.state)}`);
    }
    if (AGAIN.includes(row.state) && row.package === null) {
      const wanted = "found none that was kept, wanted a package: resume its run instead";
      throw new HttpError(409, "conflict", `${action} of ${model}@${version}: ${wanted}`);
    }
    const command = {
      name: `rollout_${action}`,
      version: 1,
      idempotencyKey,
      correlationId: row.runId,
      subject: row.runId,
    };
    await runCommand(context, command, async (effect) => {
      effect.output(`${model}@${version}`, event, { model, version, reason, by: context.var.identity.name });
    });
    return context.json(await shown(context, row), 202);
  });
}

async function shown({ var: { ports } }: HttpContext, row: Deployment): Promise<DeploymentView> {
  return deploymentView(row, row.state === "live" ? await readCanariesOf(ports.database.drizzle, row) : []);
}

async function requireDeployment(context: HttpContext, model: string, version: number): Promise<Deployment> {
  const { ports, identity } = context.var;
  const row = Number.isSafeInteger(version)
    ? await readDeployment(ports.database.drizzle, identity.project, model, version)
    : undefined;
  if (row !== undefined) return row;
  throw new HttpError(404, "not_found", `looking for ${model}@${version}: it was never deployed in this project`);
}

/** Why an action is not taken in a state. */
function whyNot(action: RolloutCommand["action"], state: DeploymentState): string {
  if (action === "start" && state === "live") return "it is live already";
  if (action === "start") return `it is on its way already: ${inWords(state)}`;
  return `found it ${inWords(state)}, wanted ${ACTIONS[action].from.map(inWords).join(", ")}`;
}

function inWords(state: DeploymentState): string {
  return state.replaceAll("_", " ");
}
