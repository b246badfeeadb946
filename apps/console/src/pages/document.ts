/** One document: its text with what was masked marked in place, and its life from source to served versions. */
import type { DocumentView } from "@millrace/contracts";
import { html } from "hono/html";
import { counted, formatBytes, formatCount, inWords } from "../format.ts";
import { badge, card, command, type Html } from "../html.ts";
import { markRanges } from "../mark_ranges.ts";
import { reasonList } from "./corpus_documents.ts";
import { type Life, lifeOf } from "./document_life.ts";

/** What is known beside the document itself. */
export type DocumentData = Omit<Life, "id" | "source" | "licence" | "places"> & { readonly view: DocumentView };

export function documentPage({ view, ...beside }: DocumentData): Html {
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
    ${view.fate === "kept" ? text(view.document) : card("text", "Beginning of the text", html`<pre class="text" tabindex="0">${view.document.excerpt}</pre>`)}`;
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
    <p class="trace"><span class="muted">Trace</span> ${command(`millrace trace ${id}`)}</p>`;
}

function text({ text: written, redactions, signals, language, split, clusterSize }: Kept): Html {
  const marked = markRanges(written, redactions).map(({ text: part, range }) =>
    range === undefined ? html`${part}` : html`<mark title="${inWords(range.type.toLowerCase())}">${part}</mark>`,
  );
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

function pairs(lines: readonly (readonly [string, string])[]): Html {
  return html`<dl class="pairs ends">
    ${lines.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}
