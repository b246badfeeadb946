/** `/deployments`: the traffic, the way of a version to it, and what can be done about that. */
import { DeploymentList, DeploymentView, ModelName, RolloutCommand, RouteList, uuidV5 } from "@millrace/contracts";
import { hasRole, type Http, type HttpContext, HttpError, requireRole } from "@millrace/service";
import { z } from "zod";
import { ask, tell, valueOf, valueOrThrow } from "../ask.ts";
import { effectOf } from "../deployment_effects.ts";
import { confirmPage } from "../pages/confirm.ts";
import { deploymentsPage } from "../pages/deployments.ts";
import { addPage, askRuns, type Page, sendPage, type Site, traceId } from "./page_context.ts";
import { addPost } from "./post_route.ts";

type Action = RolloutCommand["action"];
const Action = RolloutCommand.shape.action;
const Form = z.object({ name: z.string().max(200).optional(), key: z.uuid().optional() });

export function deploymentRoutes(http: Http, site: Site): void {
  addPage(http, site, "/deployments", async (context) => {
    const [runs, deployments, routes] = await Promise.all([
      askRuns(context),
      ask(context, "deployer", "/api/deployer/deployments", DeploymentList),
      ask(context, "inference", "/api/inference/routes", RouteList),
    ]);
    const model = ModelName.safeParse(context.req.query("model")).data;
    const { identity } = context.var;
    const body = deploymentsPage({
      model,
      deployments,
      routes,
      looker: {
        name: identity.name,
        mayOperate: hasRole(identity, "operator"),
        mayApprove: hasRole(identity, "approver"),
      },
      nowMs: context.var.ports.now(),
      traceId: traceId(context),
    });
    const title = model === undefined ? "Deployments" : `Deployments of ${model}`;
    return { title, place: "deployments", body, runs: valueOf(runs)?.runs, liveRun: "" };
  });

  addPage(http, site, "/deployments/:model/:version/:action", async (context) => {
    requireRole(context, "operator");
    const deployment = await readDeployment(context);
    return confirmation(context, deployment, actionOf(context), undefined);
  });

  addPost(http, site, "/deployments/:model/:version/:action", async (context) => {
    const action = actionOf(context);
    const deployment = await readDeployment(context);
    const { model, version, state, updatedAt } = deployment;
    const form = Form.safeParse(await context.req.parseBody());
    if (!form.success)
      throw new HttpError(400, "invalid_request", `${action} of ${model}@${version}: wanted the fields of its form`);
    if (asksForName(action, deployment) && form.data.name !== `${model}@${version}`) {
      return sendPage(context, site, {
        ...(await confirmation(context, deployment, action, form.data.name ?? "")),
        status: 422,
      });
    }
    // Once for each state that it was pressed in: pressing twice is pressing once.
    const idempotencyKey = await uuidV5(
      JSON.stringify(["console", action, model, version, form.data.key ?? [state, updatedAt]]),
    );
    const reason = `${action} in the console by ${context.var.identity.name}`;
    const command: RolloutCommand = { action, model, version, reason, idempotencyKey };
    valueOrThrow(await tell(context, "deployer", "/api/deployer/rollouts", command, DeploymentView));
    return context.redirect(`/deployments?${new URLSearchParams({ model })}`, 303);
  });
}

/** Whether it takes more than a press: it takes traffic from a version, or gives all of it to one that is not known to be fine. */
function asksForName(action: Action, { state, verdict }: DeploymentView): boolean {
  if (action === "abort") return true;
  if (action === "promote") return verdict !== "healthy";
  return action === "start" && state !== "ready";
}

async function confirmation(
  context: HttpContext,
  deployment: DeploymentView,
  action: Action,
  typed: string | undefined,
): Promise<Page> {
  const [runs, routes] = await Promise.all([
    askRuns(context),
    ask(context, "inference", "/api/inference/routes", RouteList),
  ]);
  const { model, version } = deployment;
  const { title, verb, effects } = effectOf(action, deployment, valueOf(routes)?.routes);
  const body = confirmPage({
    title,
    effects,
    verb,
    typed,
    name: `${model}@${version}`,
    action: `/deployments/${model}/${version}/${action}`,
    back: `/deployments?${new URLSearchParams({ model })}`,
    command: `npx millrace rollout ${action} ${model}@${version}`,
    key: crypto.randomUUID(),
  });
  return { title, place: "deployments", body, runs: valueOf(runs)?.runs };
}

function actionOf(context: HttpContext): Action {
  const action = Action.safeParse(context.req.param("action"));
  if (action.success) return action.data;
  throw new HttpError(404, "not_found", `There is no page ${context.req.path}.`);
}

async function readDeployment(context: HttpContext): Promise<DeploymentView> {
  const { model = "", version = "" } = context.req.param();
  const path = `/api/deployer/deployments/${encodeURIComponent(model)}/${encodeURIComponent(version)}`;
  return valueOrThrow(
    await ask(context, "deployer", path, DeploymentView),
    `There was no deployment of ${model} v${version} in this project.`,
  );
}
