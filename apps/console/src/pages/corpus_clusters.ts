/** Documents that say the same: clusters by bytes saved, and two members of one as a diff. */
import type { ClusterList, ClusterPair } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { corpusAddress } from "../corpus_address.ts";
import { counted, formatBytes, formatCount } from "../format.ts";
import { card, empty, exportLinks, failing, type Html } from "../html.ts";
import { type DiffPart, wordDiff } from "../word_diff.ts";

type Cluster = ClusterList["clusters"][number];

/** Characters around a change that are shown; what is the same beyond them is folded. */
const CONTEXT = 120;
const MOST_MEMBERS = 8;

export interface ClustersData {
  readonly run: string;
  readonly list: ClusterList | undefined;
  /** The cluster that is open; undefined while there is none. */
  readonly open: Cluster | undefined;
  readonly pair: Answer<ClusterPair>;
  readonly traceId: string;
}

export function clusterCards({ run, list, open, pair, traceId }: ClustersData): Html {
  if (!list || list.clusters.length === 0)
    return card("documents", "Duplicates", empty("", "No two documents are alike."));
  const saved = list.clusters.reduce((sum, { savedBytes }) => sum + savedBytes, 0);
  const shown = list.clusters.length < list.total ? `, the ${formatCount(list.clusters.length)} largest` : "";
  return html`<div class="clusters" id="documents">
    ${card(
      "clusters",
      `${counted(list.total, "cluster")} of duplicates${shown} save ${formatBytes(saved)}`,
      html`<ol class="rows">
        ${list.clusters.map((cluster) => row(run, cluster, cluster === open))}
      </ol>`,
      exportLinks("/corpus/duplicates", { run }),
    )}
    ${open === undefined ? "" : compared(run, open, pair, traceId)}
  </div>`;
}

function row(run: string, { representative, source, savedBytes, copies }: Cluster, isOpen: boolean): Html {
  const href = corpusAddress({ run, reason: "duplicates", cluster: representative }, "compared");
  return html`<li>
    <a href="${href}" ${isOpen ? html`aria-current="true"` : ""} title="${source}"><code>${source}</code></a>
    <span class="muted">${copies === 1 ? "1 copy" : `${formatCount(copies)} copies`}</span>
    <span class="number">${formatBytes(savedBytes)}</span>
  </li>`;
}

function compared(run: string, cluster: Cluster, answer: Answer<ClusterPair>, traceId: string): Html {
  if (answer.kind === "failed")
    return card("compared", "Compared", failing(answer.failure, "Reload the page.", traceId));
  const pair = valueOf(answer);
  if (pair === undefined) return card("compared", "Compared", empty("", "These two are no longer there."));
  const parts = wordDiff(pair.representative.text, pair.member.text);
  return card(
    "compared",
    finding(parts),
    html`<dl class="pairs two-texts">
        <dt><del>kept</del></dt>
        <dd>
          <a href="${documentAddress(pair.representative.id)}"><code>${pair.representative.source}</code></a>
        </dd>
        <dt><ins>left out</ins></dt>
        <dd>
          <a href="${documentAddress(pair.member.id)}"><code>${pair.member.source}</code></a>
        </dd>
      </dl>
      <pre class="text diff" tabindex="0" aria-label="Words only in the kept document, and only in the other">
${parts.map((part, index) => written(part, index === 0, index === parts.length - 1))}</pre>
      ${pair.representative.isCut || pair.member.isCut ? html`<p class="muted">Their first 20,000 characters are compared.</p>` : ""}
      ${others(run, cluster, pair.member.id)}`,
  );
}

function documentAddress(id: string): string {
  return `/documents/${encodeURIComponent(id)}`;
}

function finding(parts: readonly DiffPart[]): string {
  const count = (kind: DiffPart["kind"]): number =>
    parts.reduce(
      (sum, part) => sum + (part.kind === kind ? (part.text.match(/[\p{L}\p{N}\p{M}_]+/gu)?.length ?? 0) : 0),
      0,
    );
  if (parts.every(({ kind }) => kind === "same")) return "The same, to the last character";
  const differing = count("removed") + count("added");
  if (differing === 0) return "The same words; spaces or marks differ";
  return `${counted(differing, "word")} ${differing === 1 ? "differs" : "differ"}, ${formatCount(count("same"))} are the same`;
}

function written({ kind, text }: DiffPart, isFirst: boolean, isLast: boolean): Html {
  if (kind === "removed") return html`<del>${text}</del>`;
  if (kind === "added") return html`<ins>${text}</ins>`;
  // Of a pair without any difference the beginning is shown.
  const before = isFirst ? (isLast ? 4 * CONTEXT : 0) : CONTEXT;
  const after = isLast ? 0 : CONTEXT;
  if (text.length <= before + after + CONTEXT) return html`${text}`;
  const head = text.slice(0, before).replace(/\s*\S*$/, "");
  const tail = after === 0 ? "" : text.slice(-after).replace(/^\S*\s*/, "");
  const folded = `${formatCount(text.length - head.length - tail.length)} characters the same`;
  return html`${head}<span class="fold">${folded}</span>${tail}`;
}

function others(run: string, { representative, members, copies }: Cluster, shown: string): Html | "" {
  if (members.length < 2) return "";
  const listed = members.slice(0, MOST_MEMBERS);
  const rest = copies - listed.length;
  return html`<nav class="others" aria-label="Other members of this cluster">
    <p class="muted">Compare with</p>
    <ul>
      ${listed.map(
        ({ id, source, sizeBytes }) =>
          html`<li>
            <a
              href="${corpusAddress({ run, reason: "duplicates", cluster: representative, member: id }, "compared")}"
              ${id === shown ? html`aria-current="true"` : ""}
              ><code>${source}</code></a
            >
            <span class="muted">${formatBytes(sizeBytes)}</span>
          </li>`,
      )}
    </ul>
    ${rest > 0 ? html`<p class="muted">and ${formatCount(rest)} more</p>` : ""}
  </nav>`;
}
