import type { SourceBreakdown } from "@millrace/contracts";
import { html } from "hono/html";
import { corpusAddress } from "../corpus_address.ts";
import { formatBytes, formatCount, formatShare } from "../format.ts";
import type { Html } from "../html.ts";

type Amounts = Pick<SourceBreakdown["entries"][number], "kept" | "dropped">;

/** The chart's title: what gives most of the corpus. */
export function sourcesFinding({ entries, rest, under }: SourceBreakdown): string {
  const total = [...entries, ...(rest === null ? [] : [rest])].reduce((sum, entry) => sum + entry.kept.bytes, 0);
  const [first, ...others] = entries;
  if (first === undefined) return "No files";
  const most = others.reduce((best, entry) => (entry.kept.bytes > best.kept.bytes ? entry : best), first);
  if (total === 0) return `Nothing is kept${under === "" ? "" : ` of ${under}`}`;
  return `${nameOf(most.path, under)} gives ${formatShare(most.kept.bytes, total)} of what is kept${under === "" ? "" : ` of ${under}`}`;
}

/** Folders and files by bytes: what is kept, then what was left out. Each leads to its documents. */
export function sourcesChart(breakdown: SourceBreakdown, run: string): Html {
  const { entries, rest, under } = breakdown;
  const most = Math.max(1, ...entries.map(sizeOf), rest === null ? 0 : sizeOf(rest));
  return html`<table class="bars sources">
    <thead>
      <tr>
        <th scope="col">Folder or file</th>
        <td></td>
        <th scope="col" class="number">Kept</th>
        <th scope="col" class="number">Left out</th>
      </tr>
    </thead>
    <tbody>
      ${entries.map((entry) => {
        const { path, kind, kept, dropped } = entry;
        const name = `${nameOf(path, under)}${kind === "folder" ? "/" : ""}`;
        return html`<tr>
          <th scope="row">
            <a
              href="${corpusAddress({ run, under: path }, kind === "folder" ? "sources" : "documents")}"
              title="${path}"
              >${name}</a
            >
          </th>
          ${bar(entry, most)}
          <td class="number">${linked(kept, corpusAddress({ run, under: path }), `kept of ${name}`)}</td>
          <td class="number">
            ${linked(dropped, corpusAddress({ run, under: path, reason: "any" }), `left out of ${name}`)}
          </td>
        </tr>`;
      })}
      ${
        rest === null
          ? ""
          : html`<tr>
              <th scope="row" class="muted">${formatCount(rest.entries)} more</th>
              ${bar(rest, most)}
              <td class="number">${formatBytes(rest.kept.bytes)}</td>
              <td class="number">${formatBytes(rest.dropped.bytes)}</td>
            </tr>`
      }
    </tbody>
  </table>`;
}

function sizeOf({ kept, dropped }: Amounts): number {
  return kept.bytes + dropped.bytes;
}

function nameOf(path: string, under: string): string {
  return under === "" ? path : path.slice(under.length + 1);
}

function bar({ kept, dropped }: Amounts, most: number): Html {
  const width = (bytes: number): string => ((1000 * bytes) / most).toFixed(1);
  return html`<td class="bar">
    <svg viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
      <rect class="kept" width="${width(kept.bytes)}" height="12" />
      <rect class="dropped" x="${width(kept.bytes)}" width="${width(dropped.bytes)}" height="12" />
    </svg>
  </td>`;
}

function linked({ documents, bytes }: Amounts["kept"], href: string, what: string): Html {
  if (documents === 0) return html`<span class="muted">0</span>`;
  return html`<a href="${href}" title="${formatCount(documents)} ${documents === 1 ? "document" : "documents"} ${what}"
    >${formatBytes(bytes)}</a
  >`;
}
