/** Documents below the waterfall: kept, dropped for one reason, or alike. */
import type { ClusterList, DocumentList, DroppedDocument, DroppedList } from "@millrace/contracts";
import { html } from "hono/html";
import { counted, formatBytes, formatCount, inWords } from "../format.ts";
import { badge, card, empty, type Html } from "../html.ts";

export function documentTable(list: DocumentList | undefined, runId: string, after: string | undefined): Html {
  if (!list || list.documents.length === 0) return card("documents", "Kept documents", empty("", "None is kept yet."));
  const body = html`<div class="scroll" tabindex="0" role="region" aria-labelledby="documents-title">
    <table>
      <thead>
        <tr>
          <th scope="col">Document</th>
          <th scope="col">Source</th>
          <th scope="col">Split</th>
          <th scope="col" class="number">Masks</th>
          <th scope="col" class="number">Size</th>
        </tr>
      </thead>
      <tbody>
        ${list.documents.map(
          ({ id, title, source, split, redactions, sizeBytes }) =>
            html`<tr>
              <th scope="row"><a href="/documents/${encodeURIComponent(id)}">${title ?? source}</a></th>
              <td><code>${source}</code></td>
              <td>${split}</td>
              <td class="number">${redactions === 0 ? "" : formatCount(redactions)}</td>
              <td class="number">${formatBytes(sizeBytes)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
  const next = more(`/corpus?run=${runId}`, list.documents.at(-1)?.id, list.documents.length < list.total);
  return card(
    "documents",
    `${counted(list.total, "document")} kept`,
    html`${body}${next}`,
    back(after, `/corpus?run=${runId}`),
  );
}

export function droppedList(
  reason: string,
  list: DroppedList | undefined,
  runId: string,
  after: string | undefined,
): Html {
  const title = `Left out: ${inWords(reason)}`;
  if (!list || list.documents.length === 0)
    return card("documents", title, empty("", "No document was left out for this reason."));
  const here = `/corpus?run=${runId}&reason=${encodeURIComponent(reason)}`;
  return card(
    "documents",
    `${title}, ${counted(list.total, "document")}`,
    html`<ul class="lines">
        ${list.documents.map((document) => html`<li>${droppedItem(document)}</li>`)}
      </ul>
      ${more(here, list.documents.at(-1)?.id, list.documents.length < list.total)}`,
    back(after, here),
  );
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

export function clusterList(list: ClusterList | undefined): Html {
  if (!list || list.clusters.length === 0)
    return card("documents", "Duplicates", empty("", "No two documents are alike."));
  return card(
    "documents",
    `${counted(list.total, "cluster")} of duplicates, by bytes saved`,
    html`<ul class="lines">
      ${list.clusters.map(
        ({ representative, source, savedBytes, members }) =>
          html`<li>
            <p>
              <a href="/documents/${encodeURIComponent(representative)}"><code>${source}</code></a>
              <span class="muted"
                >stands for ${counted(members.length, "document")} and saves ${formatBytes(savedBytes)}</span
              >
            </p>
            <div class="pair">
              ${members.slice(0, 2).map(
                (member) =>
                  html`<div>
                    <p><code>${member.source}</code> <span class="muted">${formatBytes(member.sizeBytes)}</span></p>
                    <p class="excerpt">${member.excerpt}</p>
                  </div>`,
              )}
            </div>
          </li>`,
      )}
    </ul>`,
  );
}

function short(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : value.toPrecision(2);
}

function more(here: string, last: string | undefined, hasMore: boolean): Html | "" {
  if (!hasMore || last === undefined) return "";
  return html`<p class="more">
    <a class="button" href="${here}&after=${encodeURIComponent(last)}#documents">Next page</a>
  </p>`;
}

function back(after: string | undefined, here: string): Html | undefined {
  return after === undefined ? undefined : html`<a href="${here}#documents">First page</a>`;
}
