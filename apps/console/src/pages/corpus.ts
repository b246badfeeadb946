/** What is in the corpus and what was left out, by reason. */
import {
  type ClusterList,
  type ClusterPair,
  type DocumentList,
  type DroppedList,
  type DropReport,
  type RunReport,
  type RunView,
  type SourceBreakdown,
  skippedWords,
} from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { waterfall } from "../charts/waterfall.ts";
import { corpusAddress, type CorpusView } from "../corpus_address.ts";
import { counted, formatBytes, formatCount } from "../format.ts";
import { badge, card, command, empty, failing, type Html } from "../html.ts";
import { clusterCards } from "./corpus_clusters.ts";
import { documentTable, droppedList } from "./corpus_documents.ts";
import { composition, sourcesCard } from "./corpus_sources.ts";

/** What stands below the waterfall: kept documents, those left out, or clusters of duplicates. */
export type Shown =
  | { readonly kind: "kept"; readonly answer: Answer<DocumentList> }
  | { readonly kind: "dropped"; readonly answer: Answer<DroppedList> }
  | {
      readonly kind: "duplicates";
      readonly answer: Answer<ClusterList>;
      readonly open: ClusterList["clusters"][number] | undefined;
      readonly pair: Answer<ClusterPair>;
    };

export interface CorpusData {
  readonly run: RunView;
  readonly view: CorpusView;
  readonly report: Answer<RunReport>;
  readonly sources: Answer<SourceBreakdown>;
  readonly shown: Shown;
  readonly traceId: string;
}

/** Before the first run. */
export function noCorpusPage(): Html {
  return html`<h1>Corpus</h1>
    ${empty(ghostBars(), "No documents yet. What is read, what is left out and why will stand here.", html`Start with ${command("npx millrace run ./docs")}`)}`;
}

export function corpusPage(data: CorpusData): Html {
  const { run, view, report, sources, traceId } = data;
  const known = valueOf(report);
  const title = known ? findingOf(known.report) : `Corpus of ${run.name}`;
  // Examples stand right below the bar that opened them.
  const isOpened = view.reason !== undefined;
  return html`<section class="lead" id="waterfall" data-live>
      <header>
        <h1>${title}</h1>
        <span class="muted"
          >of run <a href="/runs/${run.id}"><code>${run.id}</code></a></span
        >
        ${known && !known.final ? badge("running", "still counting") : ""}
        ${known ? html`<a class="export" href="/corpus/waterfall.csv?run=${run.id}" download>CSV</a>` : ""}
      </header>
      ${top(data)}
    </section>
    ${isOpened ? below(data) : ""} ${known ? sourcesCard(sources, run.id, view.under, traceId) : ""}
    ${known ? composition(known.report, valueOf(sources), run.id) : ""} ${isOpened ? "" : below(data)}`;
}

function findingOf({ kept, read, bytes }: DropReport): string {
  return `${formatCount(kept)} of ${counted(read, "document")} are kept, ${formatBytes(bytes.kept)}`;
}

function top({ report, run, view, traceId }: CorpusData): Html {
  if (report.kind === "failed")
    return failing(report.failure, "Reload the page; if it stays, look at the log of ingestion.", traceId);
  if (report.kind === "missing")
    return empty(ghostBars(), "Nothing has been read yet. Bars fill in as documents are cleaned.");
  const { quarantined, bytes } = report.value.report;
  const aside =
    quarantined === 0
      ? ""
      : html`<p class="muted">
          <a href="${corpusAddress({ run: run.id, reason: "quarantined" })}">${counted(quarantined, "file")}</a> of
          ${formatBytes(bytes.quarantined)} could not be read as text and ${quarantined === 1 ? "was" : "were"} set
          aside before.
        </p>`;
  const bars = waterfall(
    report.value.report,
    (part) => corpusAddress({ run: run.id, reason: part === "kept" ? undefined : part }),
    view.reason ?? "kept",
  );
  return html`${bars}${aside}${skippedLine(report.value.report)}`;
}

/** What no bar has: it was never read. */
function skippedLine({ skipped }: DropReport): Html | "" {
  return skipped === undefined ? "" : html`<p class="muted">Skipped among the sources: ${skippedWords(skipped)}.</p>`;
}

function below({ shown, view, traceId }: CorpusData): Html {
  if (shown.answer.kind === "failed") {
    return card("documents", "Documents", failing(shown.answer.failure, "Reload the page.", traceId));
  }
  if (shown.kind === "kept") return documentTable(valueOf(shown.answer), view);
  if (shown.kind === "duplicates") {
    const { open, pair } = shown;
    return clusterCards({ run: view.run, list: valueOf(shown.answer), open, pair, traceId });
  }
  return droppedList(valueOf(shown.answer), view);
}
