import {
  AlertList,
  ApprovalList,
  DeadLetterList,
  DeploymentList,
  ModelList,
  RouteList,
  RuleFirings,
  type RunList,
  RunReport,
  Series,
} from "@millrace/contracts";
import type { Http, HttpContext } from "@millrace/service";
import { type Answer, ask, NOT_ASKED, valueOf } from "../ask.ts";
import type { Html } from "../html.ts";
import { homePage } from "../pages/home.ts";
import { LATELY_MINUTES, type Pace } from "../pages/home_boxes.ts";
import { addPage, askRuns, type Site, traceId } from "./page_context.ts";

export function homeRoutes(http: Http, site: Site): void {
  addPage(http, site, "/", async (context) => {
    const runs = await askRuns(context);
    const body = (): Promise<Html> => readHome(context, runs);
    return { title: "Home", place: "home", body, runs: valueOf(runs)?.runs, liveRun: "" };
  });
}

async function readHome(context: HttpContext, runs: Answer<RunList>): Promise<Html> {
  const newest = valueOf(runs)?.runs[0];
  const [report, [routes, paceOf], models, deployments, firings, alerts, letters, approvals] = await Promise.all([
    newest === undefined ? NOT_ASKED : ask(context, "ingestion", `/api/ingestion/runs/${newest.id}/report`, RunReport),
    askServed(context),
    ask(context, "registry", "/api/registry/models", ModelList),
    ask(context, "deployer", "/api/deployer/deployments", DeploymentList),
    ask(context, "automation", "/api/automation/rules/firings", RuleFirings),
    ask(context, "monitor", "/api/monitor/alerts?state=open", AlertList),
    ask(context, "automation", "/api/automation/dead-letters", DeadLetterList),
    ask(context, "registry", "/api/registry/approvals?state=pending", ApprovalList),
  ]);
  const versions =
    models.kind === "found"
      ? { kind: "found" as const, value: models.value.models.map(({ latest }) => latest) }
      : models;
  return homePage({
    runs,
    report,
    routes,
    paceOf,
    versions,
    deployments,
    firings,
    alerts,
    letters,
    approvals,
    nowMs: context.var.ports.now(),
    traceId: traceId(context),
  });
}

/** Time of the small lines. */
const SHOWN_MINUTES = 30;
/** Versions that the monitor is asked about; there are hardly ever more than two. */
const MOST_VERSIONS = 6;

/** What is served, and how quickly lately. */
async function askServed(context: HttpContext): Promise<[Answer<RouteList>, ReadonlyMap<string, Pace>]> {
  const routes = await ask(context, "inference", "/api/inference/routes", RouteList);
  const served = (valueOf(routes)?.routes ?? []).slice(0, MOST_VERSIONS);
  const from = new Date(context.var.ports.now() - SHOWN_MINUTES * 60_000).toISOString();
  const series = (model: string, version: number, metric: string, points: number): Promise<Answer<Series>> => {
    const asked = new URLSearchParams({ model, version: String(version), metric, from, points: String(points) });
    return ask(context, "monitor", `/api/monitor/series?${asked}`, Series);
  };
  const paces = served.map(async ({ model, version }): Promise<[string, Pace]> => {
    const [requests, firstTokenP95] = await Promise.all([
      series(model, version, "requests", SHOWN_MINUTES),
      series(model, version, "first_token_p95", SHOWN_MINUTES / LATELY_MINUTES),
    ]);
    return [`${model}@${version}`, { requests, firstTokenP95 }];
  });
  return [routes, new Map(await Promise.all(paces))];
}
