import { ModelList, RouteList, RunReport } from "@millrace/contracts";
import type { Http } from "@millrace/service";
import { ask, valueOf } from "../ask.ts";
import { homePage } from "../pages/home.ts";
import { runningRun } from "../run_state.ts";
import { addPage, askRuns, type Site, traceId } from "./page_context.ts";

export function homeRoutes(http: Http, site: Site): void {
  addPage(http, site, "/", async (context) => {
    const runs = await askRuns(context);
    const list = valueOf(runs)?.runs;
    const newest = list?.[0];
    const [report, routes, models] = await Promise.all([
      newest === undefined
        ? ({ kind: "missing" } as const)
        : ask(context, "ingestion", `/api/ingestion/runs/${newest.id}/report`, RunReport),
      ask(context, "inference", "/api/inference/routes", RouteList),
      ask(context, "registry", "/api/registry/models", ModelList),
    ]);
    const versions =
      models.kind === "found"
        ? { kind: "found" as const, value: models.value.models.map(({ latest }) => latest) }
        : models;
    const body = homePage({
      runs,
      report,
      routes,
      versions,
      nowMs: context.var.ports.now(),
      traceId: traceId(context),
    });
    return { title: "Home", place: "home", body, runs: list, liveRun: runningRun(list ?? [])?.id ?? "" };
  });
}
