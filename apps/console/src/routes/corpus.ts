import { ClusterList, DocumentList, DroppedList, RunReport, type RunView } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError } from "@millrace/service";
import { ask, valueOf } from "../ask.ts";
import { failing } from "../html.ts";
import { corpusPage, noCorpusPage, type Shown } from "../pages/corpus.ts";
import { addPage, askRuns, traceId } from "./page_context.ts";

const PAGE_SIZE = 50;

/** `/corpus?run=<id, default: newest>&reason=<code|duplicates>&after=<id>` */
export function corpusRoutes(http: Http, assets: string): void {
  addPage(http, assets, "/corpus", async (context) => {
    const list = await askRuns(context);
    const runs = valueOf(list)?.runs;
    const page = { title: "Corpus", place: "corpus", runs } as const;
    if (list.kind === "failed") {
      const next = "Reload the page; if it stays, look at the log of automation.";
      return { ...page, body: failing(list.failure, next, traceId(context)) };
    }
    const run = chosenRun(context, runs ?? []);
    if (run === undefined) return { ...page, body: noCorpusPage() };
    const [report, shown] = await Promise.all([
      ask(context, "ingestion", `/api/ingestion/runs/${run.id}/report`, RunReport),
      askShown(context, run.id),
    ]);
    return { ...page, body: corpusPage({ run, report, shown, traceId: traceId(context) }), liveRun: run.id };
  });
}

function chosenRun(context: HttpContext, runs: readonly RunView[]): RunView | undefined {
  const wanted = context.req.query("run");
  if (wanted === undefined) return runs[0];
  const found = runs.find(({ id }) => id === wanted);
  if (found === undefined) throw new HttpError(404, "not_found", `There is no run "${wanted}" in this project.`);
  return found;
}

async function askShown(context: HttpContext, runId: string): Promise<Shown> {
  const base = `/api/ingestion/runs/${runId}`;
  const [reason, after] = [context.req.query("reason"), context.req.query("after")];
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (reason === "duplicates") {
    return { kind: "duplicates", answer: await ask(context, "ingestion", `${base}/clusters?${query}`, ClusterList) };
  }
  if (after !== undefined) query.set("after", after);
  if (reason === undefined) {
    return { kind: "kept", after, answer: await ask(context, "ingestion", `${base}/documents?${query}`, DocumentList) };
  }
  query.set("reason", reason);
  return {
    kind: "dropped",
    reason,
    after,
    answer: await ask(context, "ingestion", `${base}/dropped?${query}`, DroppedList),
  };
}
