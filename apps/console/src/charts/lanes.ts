/** One lane a node: how its time went between reports, with losses, joins and slowness as marks. */
import type { NodeActivity, NodeChange, TrainingRunView } from "@millrace/contracts";
import { html } from "hono/html";
import { formatBytes, formatCount, formatDuration, formatShare } from "../format.ts";
import type { Html } from "../html.ts";

const [WIDTH, HEIGHT] = [1000, 28];
const WORDS = { joined: "+ joined", lost: "✕ lost", slow: "▲ holds the others up" } satisfies Record<
  NodeChange["change"],
  string
>;
/** Bars a lane: reports are joined until they fit. */
const MOST_BARS = 200;

/** @param csv Address of every report as CSV. */
export function lanes({ activity, changes, steps }: TrainingRunView, csv: string): Html {
  const byNode = [...Map.groupBy(activity, ({ node }) => node)].sort(([left], [right]) => (left < right ? -1 : 1));
  if (byNode.length === 0) return html`<p class="muted">No node has reported yet.</p>`;
  const inStages = activity.some(({ stage }) => stage !== undefined);
  return html`<ul class="lanes">
      ${byNode.map(([node, own]) =>
        lane(
          node,
          own,
          changes.filter((change) => change.node === node),
          steps,
        ),
      )}
    </ul>
    <p class="legend">
      <span class="compute">compute</span> ${inStages ? html`<span class="waiting">wait for other stages</span>` : ""}
      <span class="exchange">exchange</span> <span class="idle">idle</span>
      <span class="muted">share of the time, over ${formatCount(steps)} steps</span>
    </p>
    ${history(changes.filter(({ change, step }) => change === "lost" || step > 0))}
    <details class="as-table">
      <summary>View as table</summary>
      ${table(byNode, inStages)}
      <p><a href="${csv}" download>Every report as CSV</a></p>
    </details>`;
}

function table(byNode: readonly (readonly [string, readonly NodeActivity[]])[], inStages: boolean): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Node</th>
        <th scope="col" class="number">Compute</th>
        ${inStages ? html`<th scope="col" class="number">Waiting</th>` : ""}
        <th scope="col" class="number">Exchange</th>
        <th scope="col" class="number">of that a step</th>
        <th scope="col" class="number">Idle</th>
        <th scope="col" class="number">Sent</th>
      </tr>
    </thead>
    <tbody>
      ${byNode.map(([node, own]) => {
        const { computeMs, waitMs, exchangeMs, idleMs } = sum(own);
        return html`<tr>
          <th scope="row">${node}</th>
          ${timeCell(computeMs)} ${inStages ? timeCell(waitMs) : ""} ${timeCell(exchangeMs)}
          <td class="number">${exchangeOfStep(own)}</td>
          ${timeCell(idleMs)}
          <td class="number">${formatBytes(own.reduce((bytes, one) => bytes + (one.sentBytes ?? 0), 0))}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

function timeCell(ms: number): Html {
  return html`<td class="number">${formatDuration(ms / 1000)}</td>`;
}

/** On average over the reports that say of how many steps they are. */
function exchangeOfStep(activity: readonly NodeActivity[]): string {
  const counted = activity.filter(({ steps }) => steps !== undefined);
  const steps = counted.reduce((sum, one) => sum + (one.steps ?? 0), 0);
  return steps === 0 ? "–" : `${(sum(counted).exchangeMs / steps).toFixed(1)} ms`;
}

function lane(node: string, activity: readonly NodeActivity[], changes: readonly NodeChange[], steps: number): Html {
  const total = sum(activity);
  const all = total.computeMs + total.waitMs + total.exchangeMs + total.idleMs;
  const isStage = activity.some(({ stage }) => stage !== undefined);
  const x = (step: number): number => (WIDTH * Math.min(step, steps)) / Math.max(1, steps);
  return html`<li>
    <span class="name">${node}</span>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
      ${bars(activity).map((bar) => stacked(bar, x))}
      ${changes.map(({ change, step }) => html`<path class="${change}" d="M${x(step).toFixed(1)} 0V${HEIGHT}" />`)}
    </svg>
    <span class="share"
      >${formatShare(total.computeMs, all)} compute,
      ${isStage ? `${formatShare(total.waitMs, all)} waiting` : `${formatShare(total.exchangeMs, all)} exchange`}</span
    >
  </li>`;
}

interface Bar {
  readonly from: number;
  readonly to: number;
  /** Without waiting. */
  readonly computeMs: number;
  readonly waitMs: number;
  readonly exchangeMs: number;
  readonly idleMs: number;
}

function bars(activity: readonly NodeActivity[]): Bar[] {
  const size = Math.ceil(activity.length / MOST_BARS);
  const spacing = activity.length > 1 ? (activity.at(-1)?.step ?? 0) / activity.length : (activity[0]?.step ?? 0);
  return Array.from({ length: Math.ceil(activity.length / size) }, (_, index) => {
    const own = activity.slice(index * size, (index + 1) * size);
    const to = own.at(-1)?.step ?? 0;
    const before = activity[index * size - 1]?.step ?? Math.max(0, (own[0]?.step ?? 0) - spacing);
    // A node that was away leaves a gap, it was not slow.
    const from = to - before > 4 * size * Math.max(1, spacing) ? to - size * spacing : before;
    return { from, to, ...sum(own) };
  });
}

function stacked({ from, to, computeMs, waitMs, exchangeMs, idleMs }: Bar, x: (step: number) => number): Html {
  const all = computeMs + waitMs + exchangeMs + idleMs;
  if (all === 0) return html``;
  const [left, width] = [x(from), Math.max(0.5, x(to) - x(from))];
  const [compute, waiting, exchange] = [computeMs, waitMs, exchangeMs].map((ms) => (HEIGHT * ms) / all) as [
    number,
    number,
    number,
  ];
  const box = (kind: string, top: number, height: number): Html =>
    html`<rect
      class="${kind}"
      x="${left.toFixed(1)}"
      y="${top.toFixed(1)}"
      width="${width.toFixed(1)}"
      height="${height.toFixed(1)}"
    />`;
  const busy = compute + waiting;
  return html`${box("compute", HEIGHT - compute, compute)}${waiting > 0 ? box("waiting", HEIGHT - busy, waiting) : ""}${box(
    "exchange",
    HEIGHT - busy - exchange,
    exchange,
  )}`;
}

function sum(activity: readonly NodeActivity[]): Pick<Bar, "computeMs" | "waitMs" | "exchangeMs" | "idleMs"> {
  const add = (pick: (one: NodeActivity) => number): number => activity.reduce((total, one) => total + pick(one), 0);
  const waitMs = add((one) => one.stage?.waitMs ?? 0);
  return {
    computeMs: add((one) => one.computeMs) - waitMs,
    waitMs,
    exchangeMs: add((one) => one.exchangeMs),
    idleMs: add((one) => one.idleMs),
  };
}

function history(changes: readonly NodeChange[]): Html | "" {
  if (changes.length === 0) return "";
  return html`<ol class="lines changes">
    ${changes
      .toSorted((one, other) => one.elapsedSeconds - other.elapsedSeconds)
      .map(
        ({ node, change, step, reason, elapsedSeconds }) =>
          html`<li class="${change}">
            <b>${node}</b> ${WORDS[change]} at step ${formatCount(step)}
            <span class="muted">${reason}, after ${formatDuration(elapsedSeconds)}</span>
          </li>`,
      )}
  </ol>`;
}
