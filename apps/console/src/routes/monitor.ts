/** `/monitor`: alerts, traffic of all versions on one time axis, drift, feedback. */
import { AlertList, AlertView, DeploymentList, DriftView, FeedbackList, RouteList, Traffic } from "@millrace/contracts";
import { hasRole, type Http, type HttpContext } from "@millrace/service";
import { type Answer, ask, NOT_ASKED, tell, valueOf, valueOrThrow } from "../ask.ts";
import { monitorAddress, type MonitorView, RANGES, readView } from "../monitor_address.ts";
import { monitorPage } from "../pages/monitor.ts";
import { watchedVersion } from "../watched_version.ts";
import { addPage, askRuns, type Site, traceId } from "./page_context.ts";
import { addPost } from "./post_route.ts";

/** Points of a chart: more than a screen has pixels is not seen. */
const POINTS = 240;

export function monitorRoutes(http: Http, site: Site): void {
  addPage(http, site, "/monitor", async (context) => {
    const asked = viewOf(context);
    const [runs, deployments, routes, alerts] = await Promise.all([
      askRuns(context),
      ask(context, "deployer", "/api/deployer/deployments", DeploymentList),
      ask(context, "inference", "/api/inference/routes", RouteList),
      askAlerts(context),
    ]);
    const models = modelsOf(valueOf(deployments), valueOf(routes));
    const view = { ...asked, model: asked.model ?? models[0] };
    const [traffic, feedback] = await Promise.all([askTraffic(context, view), askFeedback(context, view.model)]);
    const version = view.version ?? watchedVersion(view.model, valueOf(routes)?.routes, valueOf(traffic));
    const drift = await askDrift(context, view.model, version);
    const body = monitorPage({
      view,
      models,
      alerts,
      traffic,
      drift,
      feedback,
      mayOperate: hasRole(context.var.identity, "operator"),
      nowMs: context.var.ports.now(),
      traceId: traceId(context),
    });
    const scripts = view.model === undefined ? [] : ["timelines.js"];
    const title = view.model === undefined ? "Monitor" : `Monitor of ${view.model}`;
    return { title, place: "monitor", body, runs: valueOf(runs)?.runs, liveRun: "", scripts };
  });

  addPost(http, site, "/monitor/alerts/:id/acknowledge", async (context) => {
    const path = `/api/monitor/alerts/${encodeURIComponent(context.req.param("id") ?? "")}/acknowledge`;
    valueOrThrow(await tell(context, "monitor", path, {}, AlertView), "There is no such alert in this project.");
    return context.redirect(monitorAddress(viewOf(context)), 303);
  });
}

export function viewOf(context: HttpContext): MonitorView {
  return readView((name) => context.req.query(name));
}

/** Models that were deployed, that of the newest deployment first; of what is served where the deployments cannot be read. */
function modelsOf(deployments: DeploymentList | undefined, routes: RouteList | undefined): string[] {
  const known = [...(deployments?.deployments ?? []), ...(routes?.routes ?? [])];
  return [...new Set(known.map(({ model }) => model))];
}

export function askAlerts(context: HttpContext): Promise<Answer<AlertList>> {
  return ask(context, "monitor", "/api/monitor/alerts?state=all", AlertList);
}

/** Missing where no model is named. */
export async function askTraffic(context: HttpContext, { model, range }: MonitorView): Promise<Answer<Traffic>> {
  if (model === undefined) return NOT_ASKED;
  const to = context.var.ports.now();
  const query = new URLSearchParams({
    model,
    from: new Date(to - RANGES[range]).toISOString(),
    to: new Date(to).toISOString(),
    points: String(POINTS),
  });
  return ask(context, "monitor", `/api/monitor/traffic?${query}`, Traffic);
}

export async function askDrift(
  context: HttpContext,
  model: string | undefined,
  version: number | undefined,
): Promise<Answer<DriftView>> {
  if (model === undefined || version === undefined) return NOT_ASKED;
  const query = new URLSearchParams({ model, version: String(version) });
  return ask(context, "monitor", `/api/monitor/drift?${query}`, DriftView);
}

export async function askFeedback(context: HttpContext, model: string | undefined): Promise<Answer<FeedbackList>> {
  if (model === undefined) return NOT_ASKED;
  return ask(context, "monitor", `/api/monitor/feedback?${new URLSearchParams({ model })}`, FeedbackList);
}
