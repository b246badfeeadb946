/** What is in the corpus and what was left out, by reason. */
import type { ClusterList, DocumentList, DroppedList, DropReport, RunReport, RunView } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { waterfall } from "../charts/waterfall.ts";
import { counted, formatBytes, formatCount, formatShare, inWords } from "../format.ts";
import { badge, card, command, empty, failing, type Html } from "../html.ts";
import { clusterList, documentTable, droppedList } from "./corpus_documents.ts";

/** What stands below the waterfall: kept documents, those dropped for one reason, or clusters of duplicates. */
export type Shown =
  | { readonly kind: "kept"; readonly answer: Answer<DocumentList>; readonly after: string | undefined }
  | {
      readonly kind: "dropped";
      readonly reason: string;
      readonly answer: Answer<DroppedList>;
      readonly after: string | undefined;
    }
  | { readonly kind: "duplicates"; readonly answer: Answer<ClusterList> };

export interface CorpusData {
  readonly run: RunView;
  readonly report: Answer<RunReport>;
  readonly shown: Shown;
  readonly traceId: string;
}

/** Before the first run. */
export function noCorpusPage(): Html {
  return html`<h1>Corpus</h1>
    ${empty(ghostBars(), "No documents yet. What is read, what is left out and why will stand here.", html`Start with ${command("millrace run ./docs")}`)}`;
}

export function corpusPage({ run, report, shown, traceId }: CorpusData): Html {
  const known = valueOf(report);
  const title = known ? findingOf(known.report) : `Corpus of ${run.name}`;
  return html`<section class="lead" id="waterfall" data-live>
      <header>
        <h1>${title}</h1>
        <span class="muted"
          >of run <a href="/runs/${run.id}"><code>${run.id}</code></a></span
        >
        ${known && !known.final ? badge("running", "still counting") : ""}
      </header>
      ${top(report, run, shown, traceId)}
    </section>
    ${known ? composition(known.report) : ""} ${below(shown, run, traceId)}`;
}

function findingOf({ kept, read, bytes }: DropReport): string {
  return `${formatCount(kept)} of ${counted(read, "document")} are kept, ${formatBytes(bytes.kept)}`;
}

function top(report: Answer<RunReport>, run: RunView, shown: Shown, traceId: string): Html {
  if (report.kind === "failed")
    return failing(report.failure, "Reload the page; if it stays, look at the log of ingestion.", traceId);
  if (report.kind === "missing")
    return empty(ghostBars(), "Nothing has been read yet. Bars fill in as documents are cleaned.");
  const selected = shown.kind === "dropped" ? shown.reason : shown.kind === "duplicates" ? "duplicates" : "kept";
  const { quarantined, bytes } = report.value.report;
  const aside =
    quarantined === 0
      ? ""
      : html`<p class="muted">
          ${counted(quarantined, "file")} of ${formatBytes(bytes.quarantined)} could not be read as text and were set
          aside before.
        </p>`;
  const bars = waterfall(
    report.value.report,
    (part) => `/corpus?run=${run.id}${part === "kept" ? "" : `&reason=${encodeURIComponent(part)}`}#documents`,
    selected,
  );
  return html`${bars}${aside}`;
}

function composition({ redactions, languages, kept }: DropReport): Html {
  const masked = Object.entries(redactions).sort(([, left], [, right]) => right - left);
  const spoken = Object.entries(languages)
    .sort(([, left], [, right]) => right - left)
    .slice(0, 6);
  return html`<div class="columns">
    ${card(
      "redactions",
      "Masked before anything was stored",
      masked.length === 0
        ? html`<p class="muted">Nothing was found that had to be masked.</p>`
        : html`<dl class="pairs">
            ${masked.map(
              ([type, count]) =>
                html`<dt>${inWords(type.toLowerCase())}</dt>
                  <dd>${formatCount(count)}</dd>`,
            )}
          </dl>`,
    )}
    ${card(
      "languages",
      "Languages",
      html`<dl class="pairs">
        ${spoken.map(
          ([language, count]) =>
            html`<dt><code>${language}</code></dt>
              <dd>${counted(count, "document")}, ${formatShare(count, kept)} of those kept</dd>`,
        )}
      </dl>`,
    )}
  </div>`;
}

function below(shown: Shown, run: RunView, traceId: string): Html {
  if (shown.answer.kind === "failed") {
    return card("documents", "Documents", failing(shown.answer.failure, "Reload the page.", traceId));
  }
  if (shown.kind === "kept") return documentTable(valueOf(shown.answer), run.id, shown.after);
  if (shown.kind === "duplicates") return clusterList(valueOf(shown.answer));
  return droppedList(shown.reason, valueOf(shown.answer), run.id, shown.after);
}
