/** What a version was made of and what was made of it, from left to right. Our own layout: a version's graph is small and has no circle. */
import type { Lineage, LineageNode } from "@millrace/contracts";
import { html } from "hono/html";
import { formatCount, shortHash } from "../format.ts";
import { copyable, type Html } from "../html.ts";
import { versionAddress } from "../version_address.ts";

/** Nodes that are drawn; the rest is folded. */
const MOST_NODES = 7;
const BOX = { width: 124, height: 48, gapX: 30, gapY: 24 };
/** Room below the boxes for lines that pass some of them by. */
const BELOW = 30;

export interface Placed {
  readonly node: LineageNode;
  readonly column: number;
  readonly row: number;
}

/**
 * Puts nodes into columns: each stands right of all that it was made of.
 * @param id The node that is looked at: it and what is nearest to it along edges are drawn.
 * @returns Those that are drawn, and the others.
 */
export function placeLineage({ nodes, edges }: Lineage, id: string): { placed: Placed[]; folded: LineageNode[] } {
  const distance = new Map([[id, 0]]);
  for (const [near, steps] of distance) {
    for (const { from, to } of edges) {
      const other = from === near ? to : to === near ? from : undefined;
      if (other !== undefined && !distance.has(other)) distance.set(other, steps + 1);
    }
  }
  const far = (node: LineageNode): number => distance.get(node.id) ?? Infinity;
  const byDistance = nodes.toSorted((left, right) => far(left) - far(right));
  const drawn = byDistance.slice(0, MOST_NODES);
  const columns = new Map(drawn.map((node) => [node.id, 0]));
  // A path through n nodes has n - 1 edges: after as many rounds nothing moves any more, and a circle ends too.
  for (let round = 1; round < drawn.length; round += 1) {
    for (const { from, to } of edges) {
      const [left, right] = [columns.get(from), columns.get(to)];
      if (left !== undefined && right !== undefined && right <= left) columns.set(to, left + 1);
    }
  }
  const rows = new Map<number, number>();
  const placed = drawn.map((node) => {
    const column = columns.get(node.id) ?? 0;
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    return { node, column, row };
  });
  return { placed, folded: byDistance.slice(MOST_NODES) };
}

export function lineageChart(lineage: Lineage, id: string, runId: string): Html {
  const { placed, folded } = placeLineage(lineage, id);
  const columns = 1 + Math.max(...placed.map(({ column }) => column));
  const rows = 1 + Math.max(...placed.map(({ row }) => row));
  const width = columns * (BOX.width + BOX.gapX) - BOX.gapX;
  const height = rows * (BOX.height + BOX.gapY) - BOX.gapY + BELOW;
  const at = new Map(placed.map((one) => [one.node.id, one]));
  const lines = lineage.edges.flatMap(({ from, to }) => {
    const [left, right] = [at.get(from), at.get(to)];
    return left === undefined || right === undefined ? [] : [line(left, right)];
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Lineage">
      <svg
        class="lineage"
        width="${width + 2}"
        height="${height + 2}"
        viewBox="-1 -1 ${width + 2} ${height + 2}"
        role="group"
        aria-label="From documents to what is served"
      >
        <g aria-hidden="true">${lines.map((d) => html`<path d="${d}" />`)}</g>
        ${placed.map((one) => box(one, one.node.id === id, hrefOf(one.node, runId)))}
      </svg>
    </div>
    ${rowsOf(
      placed.map(({ node }) => node),
      folded,
      lineage,
      runId,
    )}`;
}

function line(from: Placed, to: Placed): string {
  if (from.row === to.row && to.column > from.column + 1) return arc(from, to);
  const [x1, y1] = [from.column * (BOX.width + BOX.gapX) + BOX.width, middleOf(from)];
  const [x2, y2] = [to.column * (BOX.width + BOX.gapX), middleOf(to)];
  const half = BOX.gapX / 2;
  return `M${x1} ${y1}C${x1 + half} ${y1} ${x2 - half} ${y2} ${x2} ${y2}`;
}

/** Below the boxes between the two: through them it could not be seen. */
function arc(from: Placed, to: Placed): string {
  const y = from.row * (BOX.height + BOX.gapY) + BOX.height;
  const [x1, x2] = [from, to].map(({ column }) => column * (BOX.width + BOX.gapX)) as [number, number];
  const depth = Math.min(BELOW, 10 * (to.column - from.column));
  return `M${x1 + 0.7 * BOX.width} ${y}C${x1 + BOX.width + BOX.gapX} ${y + depth} ${x2 - BOX.gapX} ${y + depth} ${x2 + 0.3 * BOX.width} ${y}`;
}

function middleOf({ row }: Placed): number {
  return row * (BOX.height + BOX.gapY) + BOX.height / 2;
}

function box({ node, column, row }: Placed, isOwn: boolean, href: string | undefined): Html {
  const [x, y] = [column * (BOX.width + BOX.gapX), row * (BOX.height + BOX.gapY)];
  const drawn = html`<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6" />
    <text x="${x + 12}" y="${y + 20}" class="kind">${node.kind}</text>
    <text x="${x + 12}" y="${y + 37}" class="label">${shorten(labelOf(node))}</text>`;
  if (isOwn) return html`<g class="own">${drawn}</g>`;
  return href === undefined ? html`<g>${drawn}</g>` : html`<a href="${href}">${drawn}</a>`;
}

/** What tells it from others: its hash where its label is only what it is. */
function labelOf({ kind, id, label }: LineageNode): string {
  if (kind === "version") return label.replace("@", " v");
  if (kind === "run") return label;
  return /\d/.test(label) ? label.replaceAll(/\d{4,}/g, (digits) => formatCount(Number(digits))) : shortHash(id);
}

function shorten(text: string): string {
  return text.length > 17 ? `${text.slice(0, 16)}…` : text;
}

/** The same as rows, each with where it leads; what is not drawn stands here too. */
function rowsOf(
  drawn: readonly LineageNode[],
  folded: readonly LineageNode[],
  { edges }: Lineage,
  runId: string,
): Html {
  const more = folded.length === 0 ? "" : `, and ${folded.length} more`;
  return html`<details class="as-table">
    <summary>View as table${more}</summary>
    <table>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Which</th>
          <th scope="col">Made of</th>
        </tr>
      </thead>
      <tbody>
        ${[...drawn, ...folded].map(
          (node) =>
            html`<tr>
              <th scope="row">${node.kind}</th>
              <td>${linkOf(node, runId)}</td>
              <td>
                ${edges
                  .filter(({ to }) => to === node.id)
                  .map(({ from, relation }) => `${relation} ${from.length === 64 ? shortHash(from) : from}`)
                  .join(", ")}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </details>`;
}

/** The page of a node; undefined where it has none. */
function hrefOf({ kind, id }: LineageNode, runId: string): string | undefined {
  if (kind === "run") return `/runs/${encodeURIComponent(id)}`;
  if (kind === "corpus") return `/corpus?run=${encodeURIComponent(runId)}`;
  const [model = "", version = ""] = id.split("@");
  return kind === "version" ? versionAddress(model, Number(version)) : undefined;
}

function linkOf(node: LineageNode, runId: string): Html {
  const { kind, id, label } = node;
  const href = hrefOf(node, runId);
  return html`${href === undefined ? label : html`<a href="${href}">${label}</a>`}
  ${kind === "run" || kind === "version" ? "" : copyable(id, shortHash(id))}`;
}
