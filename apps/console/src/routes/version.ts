/** `/models/:name/:version`: a version's card. */
import {
  ApprovalList,
  DeploymentView,
  FeedbackList,
  Lineage,
  ModelFolder,
  Recipe,
  RouteList,
  RunReport,
  ServingPackage,
  SourceBreakdown,
  TrainingRunView,
  VersionList,
  VersionView,
} from "@millrace/contracts";
import { hasRole, type Http, type HttpContext, HttpError } from "@millrace/service";
import type { z } from "zod";
import { type Answer, ask, handOn, valueOf, valueOrThrow } from "../ask.ts";
import { LINEAGE, VERSION_FILES } from "../exports/columns.ts";
import { onePage } from "../exports/table.ts";
import { failing } from "../html.ts";
import { versionPage } from "../pages/version.ts";
import { filesOf } from "../version_files.ts";
import { addPage, askRuns, type Page, type Site, traceId } from "./page_context.ts";
import { addTable, requireExport } from "./table_route.ts";

/** The lists of a card as files; before the pages, whose last part would take their ending. */
export function versionExportRoutes(http: Http): void {
  addTable(http, "/models/:name/:version/files", [], async (context) => {
    const version = valueOrThrow(await askVersion(context), "There is no such version in this project.");
    const folder = await askArtifact(context, version.folder?.sha256, ModelFolder);
    const name = `${version.model}-${version.version}-files`;
    return { name, columns: VERSION_FILES, pages: onePage(filesOf(version, folder)) };
  });
  http.get("/models/:name/:version/files/:path{.+}", async (context) => {
    const { name = "", version = "", path = "" } = requireExport(context, []).req.param();
    const parts = path.split("/");
    // Encoded they stay what they are, and lead to other addresses of the registry.
    if (parts.some((part) => part === "." || part === ".."))
      throw new HttpError(404, "not_found", `There is no file ${path} in the folder of a version.`);
    const files = `/api/registry/models/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}/files`;
    return handOn(context, "registry", `${files}/${parts.map(encodeURIComponent).join("/")}`);
  });
  addTable(http, "/models/:name/:version/lineage", [], async (context) => {
    const { model, version } = valueOrThrow(await askVersion(context), "There is no such version in this project.");
    const path = `/api/registry/lineage?id=${encodeURIComponent(`${model}@${version}`)}`;
    const { edges } = valueOrThrow(await ask(context, "registry", path, Lineage), "Nothing is recorded of it.");
    return { name: `${model}-${version}-lineage`, columns: LINEAGE, pages: onePage(edges) };
  });
}

function askVersion(context: HttpContext): Promise<Answer<VersionView>> {
  const { name = "", version = "" } = context.req.param();
  const path = `/api/registry/models/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`;
  return ask(context, "registry", path, VersionView);
}

export function versionRoutes(http: Http, site: Site): void {
  addPage(http, site, "/models/:name/:version", async (context) => {
    const { name = "", version: wanted = "" } = context.req.param();
    const [list, found] = await Promise.all([askRuns(context), askVersion(context)]);
    const runs = valueOf(list)?.runs;
    if (found.kind === "missing")
      throw new HttpError(404, "not_found", `There is no version ${wanted} of ${name} in this project.`);
    if (found.kind === "failed") {
      const next = "Reload the page; if it stays, look at the log of registry.";
      return {
        title: `${name} ${wanted}`,
        place: "models",
        body: failing(found.failure, next, traceId(context)),
        runs,
      };
    }
    return { ...(await asPage(context, found.value)), runs };
  });
}

async function asPage(context: HttpContext, version: VersionView): Promise<Page> {
  const { model, version: number, runId } = version;
  const [name, run] = [encodeURIComponent(model), encodeURIComponent(runId)];
  const id = `${model}@${number}`;
  const [
    versions,
    report,
    sources,
    training,
    recipe,
    packed,
    folder,
    deployment,
    routes,
    lineage,
    feedback,
    approvals,
  ] = await Promise.all([
    ask(context, "registry", `/api/registry/models/${name}/versions`, VersionList),
    ask(context, "ingestion", `/api/ingestion/runs/${run}/report`, RunReport),
    ask(context, "ingestion", `/api/ingestion/runs/${run}/sources`, SourceBreakdown),
    ask(context, "registry", `/api/registry/runs/${run}?points=2`, TrainingRunView),
    ask(context, "automation", `/api/automation/runs/${run}/recipe`, Recipe),
    askArtifact(context, version.package?.sha256, ServingPackage),
    askArtifact(context, version.folder?.sha256, ModelFolder),
    ask(context, "deployer", `/api/deployer/deployments/${name}/${number}`, DeploymentView),
    ask(context, "inference", "/api/inference/routes", RouteList),
    ask(context, "registry", `/api/registry/lineage?id=${encodeURIComponent(id)}`, Lineage),
    ask(context, "monitor", `/api/monitor/feedback?model=${name}`, FeedbackList),
    ask(context, "registry", `/api/registry/models/${name}/approvals?version=${number}`, ApprovalList),
  ]);
  const body = versionPage({
    version,
    known: {
      report: valueOf(report)?.report,
      licences: valueOf(sources)?.licences,
      training: valueOf(training),
      chats: packed?.chatTemplate !== undefined,
    },
    description: valueOf(recipe)?.description,
    champion: championOf(valueOf(versions)?.versions ?? [], number),
    deployment,
    routes,
    lineage,
    folder,
    feedback,
    approvals,
    mayOperate: hasRole(context.var.identity, "operator"),
    nowMs: context.var.ports.now(),
    traceId: traceId(context),
  });
  return { title: `${model} v${number}`, place: "models", body, runs: undefined, liveRun: "" };
}

/** An artifact of the registry; undefined when there is none, or it cannot be read now. */
async function askArtifact<Schema extends z.ZodType>(
  context: HttpContext,
  sha256: string | undefined,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  if (sha256 === undefined) return undefined;
  return valueOf(await ask(context, "registry", `/api/registry/artifacts/${sha256}`, schema));
}

/** The version that is live, unless it is the one that is looked at. */
function championOf(versions: readonly VersionView[], number: number): VersionView | undefined {
  return versions.find(({ aliases, version }) => aliases.includes("live") && version !== number);
}
