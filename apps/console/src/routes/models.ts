import { ModelList, VersionList, type VersionView } from "@millrace/contracts";
import type { Http, HttpContext } from "@millrace/service";
import { type Answer, ask, valueOf } from "../ask.ts";
import { modelsPage } from "../pages/models.ts";
import { addPage, askRuns, type Site, traceId } from "./page_context.ts";

/** `/models`: every version there is. */
export function modelRoutes(http: Http, site: Site): void {
  addPage(http, site, "/models", async (context) => {
    const [runs, versions] = await Promise.all([askRuns(context), askVersions(context)]);
    const body = modelsPage(versions, context.var.ports.now(), traceId(context));
    return { title: "Versions", place: "models", body, runs: valueOf(runs)?.runs, liveRun: "" };
  });
}

/** The versions of all models, newest first. */
export async function askVersions(context: HttpContext): Promise<Answer<readonly VersionView[]>> {
  const models = await ask(context, "registry", "/api/registry/models", ModelList);
  if (models.kind !== "found") return models;
  const lists = await Promise.all(
    models.value.models.map(({ name }) =>
      ask(context, "registry", `/api/registry/models/${encodeURIComponent(name)}/versions`, VersionList),
    ),
  );
  const versions: VersionView[] = [];
  for (const list of lists) {
    if (list.kind === "failed") return list;
    if (list.kind === "found") versions.push(...list.value.versions);
  }
  return { kind: "found", value: versions.sort((left, right) => (left.createdAt < right.createdAt ? 1 : -1)) };
}
