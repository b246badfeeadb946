/** A chart over time, drawn on the server; the island puts one with a shared cursor in its place, of the same height. */
import { html } from "hono/html";
import { formatCount } from "../format.ts";
import type { Html } from "../html.ts";
import type { TimeChart, TimeLine, Timelines } from "../timelines.ts";
import { scrollingTable } from "../table.ts";

const [WIDTH, HEIGHT] = [1000, 180];
/** More rows than anyone reads; the file has them all. */
const MOST_ROWS = 60;

/** @param data Where the island reads all charts of the page. */
export function timeline(times: Timelines, chart: TimeChart, data: string): Html {
  const { from, to, stepMs, marks } = times;
  const { id, finding, lines, bands, unit } = chart;
  const x = (at: number): string => ((WIDTH * (at - from)) / (to - from)).toFixed(1);
  const most = Math.max(LEAST_TOP[unit], ...lines.flatMap(({ values }) => values.map((value) => value ?? 0))) * 1.05;
  const y = (value: number): string => (HEIGHT * (1 - value / most)).toFixed(1);
  return html`<div class="timeline" data-timeline="${data}" data-chart="${id}" data-own="timeline-${id}">
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${finding}">
        ${bands.map((band) => {
          const start = Math.max(from, band.from);
          return html`<rect
            class="band ${band.severity}"
            x="${x(start)}"
            width="${((WIDTH * (Math.min(to, band.to) - start)) / (to - from)).toFixed(1)}"
            height="${HEIGHT}"
          />`;
        })}
        ${marks.map(({ at, color, isBack }) => html`<path class="mark series-${color} ${isBack ? "back" : ""}" d="M${x(at)} 0V${HEIGHT}" />`)}
        ${lines.map(
          (line) =>
            html`<path
              class="series-${line.color} ${line.isThin ? "thin" : ""}"
              d="${pathOf(line, (step) => x(from + step * stepMs), y)}"
            />`,
        )}
      </svg>
    </div>
    ${legend(chart)} ${marksNote(times)}
    <details class="as-table">
      <summary>View as table</summary>
      ${table(times, chart)}
    </details>`;
}

/** At the top of an axis at least: 1 % of errors is not to look like all. */
const LEAST_TOP: Readonly<Record<TimeChart["unit"], number>> = { ms: 10, "%": 5, "tokens/s": 1 };

/** A line breaks where nothing was measured; a value alone between gaps is drawn as a dot. */
function pathOf({ values }: TimeLine, x: (step: number) => string, y: (value: number) => string): string {
  return values
    .map((value, step) => {
      if (value === null) return "";
      const isFirst = (values[step - 1] ?? null) === null;
      const isAlone = isFirst && (values[step + 1] ?? null) === null;
      return `${isFirst ? "M" : "L"}${x(step)} ${y(value)}${isAlone ? "h0.1" : ""}`;
    })
    .join("");
}

function legend({ lines, unit, bands }: TimeChart): Html {
  const named = lines.filter(({ isThin }) => !isThin);
  return html`<p class="legend">
    ${named.map(({ name, color }) => html`<span class="series-${color}">${name} <b data-value="${name}"></b></span>`)}
    <span class="muted"
      >${UNITS[unit]}${lines.some(({ isThin }) => isThin) ? "; thick: half are quicker, thin: 95 % are" : ""}</span
    >
    ${bands.length === 0 ? "" : html`<span class="muted">shaded: an alert was open</span>`}
    <span class="muted" data-value="time"></span>
  </p>`;
}

const UNITS: Readonly<Record<TimeChart["unit"], string>> = {
  ms: "milliseconds",
  "%": "per cent of the requests",
  "tokens/s": "tokens a second",
};

/** For those who do not see the lines. */
function marksNote({ marks }: Timelines): Html | "" {
  if (marks.length === 0) return "";
  const told = marks.map(
    ({ label, at, reason }) => `${label} at ${timeOf(at)}${reason === null ? "" : ` (${reason})`}`,
  );
  return html`<p class="hidden">Roll-outs: ${told.join("; ")}</p>`;
}

function table({ from, stepMs }: Timelines, { lines, unit }: TimeChart): Html {
  const length = lines[0]?.values.length ?? 0;
  const steps = Array.from({ length }, (_, step) => step).filter((step) =>
    lines.some(({ values }) => values[step] != null),
  );
  const shown = steps.slice(-MOST_ROWS);
  if (shown.length === 0) return html`<p class="muted">Nothing was measured in this time.</p>`;
  return html`${scrollingTable(
    { named: { as: "Values by time" } },
    ["Time (UTC)", ...lines.map(({ name }) => ({ number: `${name}, ${unit}` }))],
    shown.map(
      (step) =>
        html`<tr>
          <th scope="row">${timeOf(from + step * stepMs)}</th>
          ${lines.map(({ values }) => html`<td class="number">${figure(values[step] ?? null)}</td>`)}
        </tr>`,
    ),
  )}
  ${steps.length > shown.length ? html`<p class="muted">The last ${formatCount(shown.length)} of ${formatCount(steps.length)} times; the CSV has all.</p>` : ""}`;
}

function figure(value: number | null): string {
  if (value === null) return "";
  return value !== 0 && value < 10 ? value.toFixed(1) : formatCount(value);
}

/** `2026-03-02 09:12:00`, UTC. */
function timeOf(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}
