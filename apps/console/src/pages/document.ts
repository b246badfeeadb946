/** One document: its text with what was masked marked in place, and its life from source to served versions. */
import type { DocumentView } from "@millrace/contracts";
import { html } from "hono/html";
import { counted, formatBytes, formatCount, inWords } from "../format.ts";
import { badge, card, command, type Html } from "../html.ts";
import { markRanges } from "../mark_ranges.ts";
import { reasonList } from "./corpus_documents.ts";
import { type Life, lifeOf } from "./document_life.ts";

/** What is known beside the document itself. */
export type DocumentData = Omit<Life, "id" | "source" | "licence" | "places"> & {
  readonly view: DocumentView;
  /** A part of the text that is to be seen: UTF-16, half open. */
  readonly shown?: TextRange | undefined;
};

export interface TextRange {
  readonly start: number;
  readonly end: number;
}

export function documentPage({ view, shown, ...beside }: DocumentData): Html {
  const { id, source, title } = view.document;
  const life: Life = {
    ...beside,
    id,
    source,
    licence: view.fate === "kept" ? view.document.licence : undefined,
    places: view.places,
  };
  return html`<section class="lead">
      <header>
        <h1>${title ?? source}</h1>
        ${view.fate === "kept" ? badge("ok", "kept") : badge("warn", "left out")}
        <span class="muted"><code>${source}</code></span>
      </header>
      ${
        view.fate === "kept"
          ? html`<p>${inShort(life)}</p>
              ${lifeOf(life)}`
          : fate(view.document)
      }
    </section>
    ${view.fate === "kept" ? text(view.document, shown) : card("text", "Beginning of the text", html`<pre class="text" tabindex="0">${view.document.excerpt}</pre>`)}`;
}

/** Who saw it, in a sentence. */
function inShort({ places, versions }: Life): string {
  const { size } = new Set(places.map(({ corpusHash }) => corpusHash));
  const corpora = size === 1 ? "1 corpus" : `${formatCount(size)} corpora`;
  if (versions === undefined) return `It stands in ${corpora}. Which versions were trained on it is not known now.`;
  if (versions.length === 0) return `It stands in ${corpora}. No version was trained on it.`;
  const newest = versions[0];
  const named = `${newest?.model} v${newest?.version}`;
  return versions.length === 1
    ? `It stands in ${corpora}. ${named} was trained on it.`
    : `It stands in ${corpora}. ${formatCount(versions.length)} versions were trained on it, newest ${named}.`;
}

type Kept = Extract<DocumentView, { fate: "kept" }>["document"];
type Dropped = Extract<DocumentView, { fate: "dropped" }>["document"];

function fate({ id, reasons, duplicateOf, stage, sizeBytes }: Dropped): Html {
  return html`<p>
      Left out while ${stage === "deduplicate" ? "deduplicating" : "cleaning"}, ${formatBytes(sizeBytes)}. No model saw
      it${duplicateOf === undefined ? "" : ", but the document that stands for it says the same"}.
    </p>
    ${reasonList(reasons)}
    ${duplicateOf === undefined ? "" : html`<p><a href="/documents/${encodeURIComponent(duplicateOf)}">Open the document that stands for it</a></p>`}
    <p class="trace"><span class="muted">Trace</span> ${command(`npx millrace trace ${id}`)}</p>`;
}

function text(document: Kept, shown: TextRange | undefined): Html {
  const { text: written, redactions, signals, language, split, clusterSize } = document;
  const marked =
    shown === undefined || shown.end > written.length
      ? masked(document, { start: 0, end: written.length })
      : html`${masked(document, { start: 0, end: shown.start })}<span class="verbatim" id="span"
            >${masked(document, shown)}</span
          >${masked(document, { start: shown.end, end: written.length })}`;
  const title = redactions.length === 0 ? "Text" : `Text with ${counted(redactions.length, "mask")}`;
  const facts: [string, string][] = [
    ["language", language],
    ["split", split],
    ["stands for", counted(clusterSize, "document")],
  ];
  const measured = Object.entries(signals).map(([name, value]): [string, string] => [
    inWords(name),
    Number.isInteger(value) ? formatCount(value) : value.toPrecision(3),
  ]);
  return html`<div class="beside">
    ${card("text", title, html`<pre class="text" tabindex="0">${marked}</pre>`)}
    ${card(
      "signals",
      "About it",
      html`${pairs(facts)}
        <details>
          <summary>${counted(measured.length, "signal")}</summary>
          ${pairs(measured)}
        </details>`,
    )}
  </div>`;
}

/** A part of the text with its masks marked, also those that it cuts. */
function masked({ text: written, redactions }: Kept, { start, end }: TextRange): Html {
  const own = redactions.map(({ type, ...mask }) => ({
    type,
    start: Math.max(mask.start - start, 0),
    end: Math.min(mask.end, end) - start,
  }));
  return html`${markRanges(written.slice(start, end), own).map(({ text: part, range }) =>
    range === undefined ? part : html`<mark title="${inWords(range.type.toLowerCase())}">${part}</mark>`,
  )}`;
}

function pairs(lines: readonly (readonly [string, string])[]): Html {
  return html`<dl class="pairs across">
    ${lines.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}
