import {
  ClusterList,
  ClusterPair,
  DocumentList,
  DroppedList,
  RunReport,
  type RunView,
  SourceBreakdown,
} from "@millrace/contracts";
import type { Http, HttpContext } from "@millrace/service";
import { ask, NOT_ASKED, valueOf, valueOrThrow } from "../ask.ts";
import type { CorpusView } from "../corpus_address.ts";
import { failing } from "../html.ts";
import { corpusPage, noCorpusPage, type Shown } from "../pages/corpus.ts";
import { PAGE_SIZE } from "../pages/corpus_documents.ts";
import { addPage, askRun, askRuns, type Site, traceId } from "./page_context.ts";

/** `/corpus`: the view is in its query (`CorpusView`); `run` is the newest when absent. */
export function corpusRoutes(http: Http, site: Site): void {
  addPage(http, site, "/corpus", async (context) => {
    const list = await askRuns(context);
    const runs = valueOf(list)?.runs;
    const page = { title: "Corpus", place: "corpus", runs } as const;
    if (list.kind === "failed") {
      const next = "Reload the page; if it stays, look at the log of automation.";
      return { ...page, body: failing(list.failure, next, traceId(context)) };
    }
    const run = await chosenRun(context, runs ?? []);
    if (run === undefined) return { ...page, body: noCorpusPage() };
    const { reason, under, cluster, member, after, ...query } = context.req.query();
    // Of what was left out no licence is known.
    const licence = reason === undefined ? query["licence"] : undefined;
    const view: CorpusView = { run: run.id, reason, under: under || undefined, licence, cluster, member, after };
    const [report, sources, shown] = await Promise.all([
      ask(context, "ingestion", `/api/ingestion/runs/${run.id}/report`, RunReport),
      askSources(context, run.id, view.under),
      askShown(context, view),
    ]);
    const body = corpusPage({ run, view, report, sources, shown, traceId: traceId(context) });
    return { ...page, title: `Corpus of ${run.name} ${run.id}`, body, liveRun: run.id };
  });
}

async function chosenRun(context: HttpContext, runs: readonly RunView[]): Promise<RunView | undefined> {
  const wanted = context.req.query("run");
  if (wanted === undefined) return runs[0];
  return valueOrThrow(await askRun(context, wanted, runs), `There is no run "${wanted}" in this project.`);
}

export function askSources(context: HttpContext, runId: string, under: string | undefined) {
  const query = under === undefined ? "" : `?${new URLSearchParams({ under })}`;
  return ask(context, "ingestion", `/api/ingestion/runs/${encodeURIComponent(runId)}/sources${query}`, SourceBreakdown);
}

async function askShown(context: HttpContext, view: CorpusView): Promise<Shown> {
  const base = `/api/ingestion/runs/${view.run}`;
  const { reason, under, licence, after } = view;
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (reason === "duplicates") return askClusters(context, base, view);
  for (const [name, value] of Object.entries({ after, under })) if (value !== undefined) query.set(name, value);
  if (reason === undefined) {
    if (licence !== undefined) query.set("licence", licence);
    return { kind: "kept", answer: await ask(context, "ingestion", `${base}/documents?${query}`, DocumentList) };
  }
  if (reason !== "any") query.set("reason", reason);
  return { kind: "dropped", answer: await ask(context, "ingestion", `${base}/dropped?${query}`, DroppedList) };
}

/** Clusters, and of the one that is open, the largest unless another is named, two members. */
async function askClusters(context: HttpContext, base: string, { cluster, member }: CorpusView): Promise<Shown> {
  const answer = await ask(context, "ingestion", `${base}/clusters?limit=${PAGE_SIZE}`, ClusterList);
  const clusters = valueOf(answer)?.clusters ?? [];
  const open = clusters.find(({ representative }) => representative === cluster) ?? clusters[0];
  const pair =
    open === undefined
      ? NOT_ASKED
      : await ask(
          context,
          "ingestion",
          `${base}/clusters/${encodeURIComponent(open.representative)}${member === undefined ? "" : `?${new URLSearchParams({ with: member })}`}`,
          ClusterPair,
        );
  return { kind: "duplicates", answer, open, pair };
}
