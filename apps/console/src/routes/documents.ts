import { DeploymentList, DocumentView, TokenPlaces, VersionList, type VersionView } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError } from "@millrace/service";
import { ask, valueOf } from "../ask.ts";
import { failing } from "../html.ts";
import { documentPage, type TextRange } from "../pages/document.ts";
import { addPage, askRuns, type Site, traceId } from "./page_context.ts";

export function documentRoutes(http: Http, site: Site): void {
  addPage(http, site, "/documents/:id", async (context) => {
    const id = encodeURIComponent(context.req.param("id") ?? "");
    const [list, found, tokens] = await Promise.all([
      askRuns(context),
      ask(context, "ingestion", `/api/ingestion/documents/${id}`, DocumentView),
      ask(context, "feature", `/api/feature/documents/${id}`, TokenPlaces),
    ]);
    const runs = valueOf(list)?.runs;
    if (found.kind === "missing") {
      throw new HttpError(404, "not_found", `There is no document "${context.req.param("id")}" in this project.`);
    }
    if (found.kind === "failed") {
      const next = "Reload the page; if it stays, look at the log of ingestion.";
      return { title: "Document", place: "corpus", body: failing(found.failure, next, traceId(context)), runs };
    }
    const view = found.value;
    const versions = await askVersions(context, view);
    const { title, source } = view.document;
    const body = documentPage({
      view,
      shown: shownRange(context),
      // A document that was never tokenized is not known there.
      tokens: tokens.kind === "missing" ? { places: [] } : valueOf(tokens),
      runs,
      versions,
      deployments: await askDeployments(context, versions),
      nowMs: context.var.ports.now(),
    });
    return { title: title ?? source, place: "corpus", body, runs };
  });
}

/** `?start=&end=`: what a link from an answer shows of the text. */
function shownRange(context: HttpContext): TextRange | undefined {
  const [start, end] = [context.req.query("start"), context.req.query("end")].map(Number);
  if (start === undefined || end === undefined || !Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return;
  return start >= 0 && start < end ? { start, end } : undefined;
}

/** Deployments of the models that the versions are of; undefined where they could not be read. */
async function askDeployments(context: HttpContext, versions: readonly VersionView[] | undefined) {
  const models = [...new Set(versions?.map(({ model }) => model))];
  const answers = await Promise.all(
    models.map((model) => {
      const path = `/api/deployer/deployments?${new URLSearchParams({ model })}`;
      return ask(context, "deployer", path, DeploymentList);
    }),
  );
  if (versions === undefined || answers.some(({ kind }) => kind === "failed")) return undefined;
  return answers.flatMap((answer) => valueOf(answer)?.deployments ?? []);
}

/** Versions trained on any corpus that the document stands in, newest first; undefined when one could not be read. */
async function askVersions(context: HttpContext, { places }: DocumentView): Promise<VersionView[] | undefined> {
  const hashes = [...new Set(places.map(({ corpusHash }) => corpusHash))];
  const answers = await Promise.all(
    hashes.map((hash) => ask(context, "registry", `/api/registry/corpora/${hash}/versions`, VersionList)),
  );
  if (answers.some(({ kind }) => kind === "failed")) return undefined;
  return answers
    .flatMap((answer) => valueOf(answer)?.versions ?? [])
    .sort((left, right) => Date.parse(right.createdAt) - Date.parse(left.createdAt));
}
