/** Documents below the waterfall: kept, or left out. */
import type { DocumentList, DroppedDocument, DroppedList } from "@millrace/contracts";
import { html } from "hono/html";
import { corpusAddress, type CorpusView } from "../corpus_address.ts";
import { counted, formatBytes, formatCount, inWords } from "../format.ts";
import { badge, card, empty, exportLinks, type Html } from "../html.ts";
import { scrollingTable } from "../table.ts";

/** Documents of one page. */
export const PAGE_SIZE = 50;

export function documentTable(list: DocumentList | undefined, view: CorpusView): Html {
  const { under, licence } = view;
  if (!list || list.documents.length === 0) {
    const sentence = list === undefined ? "None is kept yet." : "No kept document is among them.";
    return card("documents", `Kept documents${scopeOf(view)}`, empty("", sentence), back(view));
  }
  const body = scrollingTable(
    { named: { by: "documents-title" } },
    ["Document", "Source", "Split", { number: "Masks" }, { number: "Size" }],
    list.documents.map(
      ({ id, title, source, split, redactions, sizeBytes }) =>
        html`<tr>
          <th scope="row"><a href="/documents/${encodeURIComponent(id)}">${title ?? source}</a></th>
          <td><code>${source}</code></td>
          <td>${split}</td>
          <td class="number">${redactions === 0 ? "" : formatCount(redactions)}</td>
          <td class="number">${formatBytes(sizeBytes)}</td>
        </tr>`,
    ),
  );
  return card(
    "documents",
    `${counted(list.total, "document")}${scopeOf(view)} ${list.total === 1 ? "is" : "are"} kept`,
    html`${body}${more(list.documents, list.total, view)}`,
    corner(view, "/corpus/documents", { under, licence }),
  );
}

export function droppedList(list: DroppedList | undefined, view: CorpusView): Html {
  const { under, reason } = view;
  const named = reason === undefined || reason === "any" ? "" : `: ${inWords(reason)}`;
  const title = `Left out${scopeOf(view)}${named}`;
  if (!list || list.documents.length === 0)
    return card("documents", title, empty("", "No document was left out for this reason."), back(view));
  return card(
    "documents",
    `${title}, ${counted(list.total, "document")}`,
    html`<ul class="lines">
        ${list.documents.map((document) => html`<li>${droppedItem(document)}</li>`)}
      </ul>
      ${more(list.documents, list.total, view)}`,
    corner(view, "/corpus/dropped", { under, reason }),
  );
}

/** The way back to more, and the whole list as a file. */
function corner(view: CorpusView, path: string, filters: Partial<CorpusView>): Html {
  return html`<span class="corner">${back(view)} ${exportLinks(path, { run: view.run, ...filters })}</span>`;
}

/** What the documents are narrowed to, in words. */
function scopeOf({ under, licence }: CorpusView): string {
  const from = under === undefined ? "" : ` from ${under}`;
  const named = licence === "" ? " without a recorded licence" : ` under ${licence}`;
  return licence === undefined ? from : `${from}${named}`;
}

function droppedItem({ id, source, reasons, sizeBytes, excerpt }: DroppedDocument): Html {
  return html`<p>
      <a href="/documents/${encodeURIComponent(id)}"><code>${source}</code></a>
      <span class="muted">${formatBytes(sizeBytes)}</span>
    </p>
    ${reasonList(reasons)}
    <p class="excerpt">${excerpt}</p>`;
}

/** Why a document was left out: each signal beside its threshold. */
export function reasonList(reasons: DroppedDocument["reasons"]): Html {
  return html`<ul class="reasons">
    ${reasons.map(
      ({ code, signal, value, threshold, detail }) =>
        html`<li>
          ${badge("warn", inWords(code))}
          ${
            signal === undefined || value === undefined
              ? ""
              : html`<span
                  >${inWords(signal)}
                  <b>${short(value)}</b>${threshold === undefined ? "" : html`, the limit is ${short(threshold)}`}</span
                >`
          }
          ${detail === undefined || value !== undefined ? "" : html`<span class="muted">${detail}</span>`}
        </li>`,
    )}
  </ul>`;
}

function short(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : value.toPrecision(2);
}

function more(shown: readonly { readonly id: string }[], total: number, view: CorpusView): Html | "" {
  const last = shown.at(-1)?.id;
  // Of later pages it is not known how many came before: a full page may have a next one.
  if (last === undefined || shown.length < Math.min(PAGE_SIZE, total)) return "";
  if (view.after === undefined && shown.length === total) return "";
  return html`<p class="more">
    <a class="button" href="${corpusAddress({ ...view, after: last })}">Next page</a>
  </p>`;
}

function back(view: CorpusView): Html | undefined {
  const { run, reason, under, licence, after } = view;
  if (after !== undefined) return html`<a href="${corpusAddress({ ...view, after: undefined })}">First page</a>`;
  return under === undefined && licence === undefined
    ? undefined
    : html`<a href="${corpusAddress({ run, reason })}">From all sources</a>`;
}
