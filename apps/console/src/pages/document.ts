/** One document: its text with what was masked marked in place, and its life from source to served versions. */
import type { DocumentView, TokenPlaces, VersionView } from "@millrace/contracts";
import { html } from "hono/html";
import { counted, formatBytes, formatCount, inWords } from "../format.ts";
import { badge, card, hashTag, type Html } from "../html.ts";
import { markRanges } from "../mark_ranges.ts";
import { reasonList } from "./corpus_documents.ts";

export interface DocumentData {
  readonly view: DocumentView;
  /** Undefined when not known. */
  readonly tokens: TokenPlaces | undefined;
  readonly versions: readonly VersionView[] | undefined;
}

export function documentPage(data: DocumentData): Html {
  const { view } = data;
  const { source, title } = view.document;
  return html`<section class="lead">
      <header>
        <h1>${title ?? source}</h1>
        ${view.fate === "kept" ? badge("ok", "kept") : badge("warn", "left out")}
        <span class="muted"><code>${source}</code></span>
      </header>
      ${view.fate === "kept" ? life(view, data) : fate(view.document)}
    </section>
    ${view.fate === "kept" ? text(view.document) : card("text", "Beginning of the text", html`<pre class="text" tabindex="0">${view.document.excerpt}</pre>`)}`;
}

type Kept = Extract<DocumentView, { fate: "kept" }>;
type Dropped = Extract<DocumentView, { fate: "dropped" }>["document"];

/** Source -> shard -> tokens -> versions; each station says where to look on. */
function life({ document, places }: Kept, { tokens, versions }: DocumentData): Html {
  const stations: [string, Html][] = [
    [
      "Source",
      html`<code>${document.source}</code>${document.licence === undefined ? "" : html`<br />${document.licence}`}`,
    ],
  ];
  for (const { runId, corpusHash, shard, from, to } of places) {
    stations.push([
      "Corpus",
      html`${hashTag(corpusHash)} shard ${shard}, bytes ${formatCount(from)} to ${formatCount(to)}<br />of
        <a href="/corpus?run=${runId}"><code>${runId}</code></a>`,
    ]);
  }
  for (const { runId, split, shard, from, to } of tokens?.places ?? []) {
    stations.push([
      "Tokens",
      html`${counted(to - from, "token")} in ${split} shard ${shard}<br />of
        <a href="/runs/${runId}"><code>${runId}</code></a>`,
    ]);
  }
  for (const { model, version, runId, state } of versions ?? []) {
    stations.push([
      "Version",
      html`<a href="/runs/${runId}">${model} v${version}</a> ${badge(state === "deployed" ? "ok" : "idle", state)}`,
    ]);
  }
  if (versions === undefined) stations.push(["Versions", html`not known: registry does not answer`]);
  else if (versions.length === 0) stations.push(["Versions", html`no version was trained on it`]);
  return html`<ol class="life">
    ${stations.map(([name, body]) => html`<li><b>${name}</b><span>${body}</span></li>`)}
  </ol>`;
}

function fate({ reasons, duplicateOf, stage, sizeBytes }: Dropped): Html {
  return html`<p>
      Left out while ${stage === "deduplicate" ? "deduplicating" : "cleaning"}, ${formatBytes(sizeBytes)}.
    </p>
    ${reasonList(reasons)}
    ${duplicateOf === undefined ? "" : html`<p><a href="/documents/${encodeURIComponent(duplicateOf)}">The document that stands for it</a></p>`}`;
}

function text({ text: written, redactions, signals, language, split, clusterSize }: Kept["document"]): Html {
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
