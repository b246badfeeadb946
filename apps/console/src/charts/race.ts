/**
 * The race: a strip from sources to endpoint whose width is the bytes that survive. What is left out falls away beneath it at the stage
 * that left it out. Each stage is a link.
 */
import type { DropReport, RunView, Stage, StageView } from "@millrace/contracts";
import { html } from "hono/html";
import { counted, formatBytes, formatCount, formatShare, inWords } from "../format.ts";
import { badge, type Html } from "../html.ts";
import { STAGE_NOUNS, toneOfStage } from "../run_state.ts";

const COLUMN = 100;
const TOP = 6;
const DEEPEST = 64;
const FLOOR = 116;
const LEAST = 2;
/** Falling bands a stage; the rest is one more. */
const MOST_BANDS = 3;

interface Fall {
  readonly stage: number;
  readonly reason: string;
  readonly bytes: number;
}

/** @param report What is known of the corpus so far; undefined before anything was read. */
export function race(run: RunView, report: DropReport | undefined): Html {
  const levels = levelsOf(run, report);
  const falls = report ? fallsOf(report) : [];
  return html`<figure class="race">
    <figcaption class="hidden">${inSentence(report)}</figcaption>
    <div class="race-field">
      <svg viewBox="0 0 ${7 * COLUMN} 120" preserveAspectRatio="none" aria-hidden="true">
        ${run.stages.map((view, index) => segment(view, index, levels))}
        ${report ? bands(falls, levels, scaleOf(report)) : ""}
      </svg>
      <ol>
        ${run.stages.map((view) => column(run, view, report))}
      </ol>
    </div>
    ${
      falls.length === 0
        ? ""
        : html`<ul class="race-falls">
            ${falls.slice(0, 5).map((fall) => fallLink(run, fall))}
          </ul>`
    }
    ${report === undefined ? "" : asTable(run, report)}
  </figure>`;
}

/** The same as rows: what entered and what was left out. */
function asTable(run: RunView, report: DropReport): Html {
  const { bytes } = report;
  return html`<details class="as-table">
    <summary>View as table</summary>
    <table>
      <thead>
        <tr>
          <th scope="col">Part</th>
          <th scope="col" class="number">Bytes</th>
        </tr>
      </thead>
      <tbody>
        ${[
          ["in the sources", bytes.sources] as const,
          ["read as text", bytes.read] as const,
          ...fallsOf(report).map((fall) => [`left out: ${inWords(fall.reason)}`, fall.bytes] as const),
          ["kept", bytes.kept] as const,
        ].map(
          ([part, size]) =>
            html`<tr>
              <th scope="row">${part}</th>
              <td class="number">${formatCount(size)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p><a href="/corpus/waterfall.csv?run=${run.id}" download>As CSV</a></p>
  </details>`;
}

/** Width at the eight borders of the seven stages, in SVG units. */
function levelsOf({ stages }: RunView, report: DropReport | undefined): number[] {
  const flat = Array.from({ length: stages.length + 1 }, () => DEEPEST * 0.6);
  if (!report || report.bytes.sources + report.bytes.read === 0) return flat;
  const { sources, read, kept, duplicates } = report.bytes;
  const dropped = sum(report.bytes.dropped);
  const scale = scaleOf(report);
  const cleaned = Math.max(kept, read - dropped);
  const unique = Math.max(kept, cleaned - duplicates);
  return [sources, read, cleaned, unique, unique, unique, unique, unique].map((bytes) =>
    Math.max(LEAST, bytes * scale),
  );
}

/** SVG units a byte. */
function scaleOf({ bytes }: DropReport): number {
  return DEEPEST / Math.max(1, bytes.sources, bytes.read);
}

/** The strip of one stage: its lower edge bends from the width before to the width after. */
function segment({ stage, state, progress }: StageView, index: number, levels: readonly number[]): Html {
  const [left, right] = [index * COLUMN, (index + 1) * COLUMN - 1];
  const [before, after] = [TOP + (levels[index] ?? 0), TOP + (levels[index + 1] ?? 0)];
  const [bend, flat] = [left + 30, left + 72];
  const middle = (bend + flat) / 2;
  const shape = `M${left} ${TOP}H${right}V${after}H${flat}C${middle} ${after} ${middle} ${before} ${bend} ${before}H${left}Z`;
  if (state !== "running") return html`<path class="water ${state}" d="${shape}" />`;
  const share = progress === null ? 0 : Math.min(1, progress.done / Math.max(1, progress.total));
  const flow = `M${left} ${TOP + Math.min(before - TOP, after - TOP) / 2}H${right}`;
  return html`<clipPath id="reached"
      ><rect x="${left}" width="${(share * (right - left)).toFixed(1)}" height="${FLOOR}"
    /></clipPath>
    <path class="water waiting" d="${shape}" data-stage="${stage}" />
    <path class="water running" d="${shape}" clip-path="url(#reached)" />
    <path class="flow" d="${flow}" />`;
}

/** What is left out: bands that leave the lower edge and fall, as wide as their bytes on the strip's scale. */
function bands(falls: readonly Fall[], levels: readonly number[], scale: number): Html {
  const stages = [0, 1, 2].map((stage) => falls.filter((fall) => fall.stage === stage));
  return html`${stages.flatMap((own, stage) => {
    let from = TOP + (levels[stage + 1] ?? 0);
    return grouped(own).map((fall, index) => {
      const width = Math.max(0.75, fall.bytes * scale);
      const to = from + width;
      const x = stage * COLUMN + 66;
      const right = x + 32 - index * 9;
      const left = right - Math.max(1, Math.min(7, width / 2));
      const d = `M${x} ${from}C${x + 12} ${from} ${right} ${from} ${right} ${FLOOR}H${left}C${left} ${to} ${x + 8} ${to} ${x} ${to}Z`;
      from = to;
      return html`<path class="fall" d="${d}" />`;
    });
  })}`;
}

function grouped(falls: readonly Fall[]): Fall[] {
  const [first, rest] = [falls.slice(0, MOST_BANDS), falls.slice(MOST_BANDS)];
  const bytes = rest.reduce((total, fall) => total + fall.bytes, 0);
  return bytes === 0 ? first : [...first, { stage: first[0]?.stage ?? 0, reason: "other", bytes }];
}

function fallsOf({ bytes }: DropReport): Fall[] {
  const filtered = Object.entries(bytes.dropped).map(([reason, size]) => ({ stage: 1, reason, bytes: size }));
  return [
    { stage: 0, reason: "quarantined", bytes: bytes.quarantined },
    ...filtered,
    { stage: 2, reason: "duplicates", bytes: bytes.duplicates },
  ]
    .filter((fall) => fall.bytes > 0)
    .sort((left, right) => right.bytes - left.bytes);
}

function fallLink(run: RunView, { reason, bytes }: Fall): Html {
  return html`<li>
    <a href="/corpus?run=${run.id}${reason === "quarantined" ? "" : `&reason=${encodeURIComponent(reason)}`}"
      >${inWords(reason)} <b>−${formatBytes(bytes)}</b></a
    >
  </li>`;
}

function column(run: RunView, view: StageView, report: DropReport | undefined): Html {
  const { stage, state } = view;
  const word = state === "running" && view.progress ? formatShare(view.progress.done, view.progress.total) : state;
  const told = view.awaits === undefined ? badge(toneOfStage(state), word) : badge("warn", "waits");
  return html`<li>
    <a href="${hrefOf(run, stage)}">
      <span class="noun">${STAGE_NOUNS[stage]}</span>
      <span class="amount">${amountOf(view, report)}</span>
      ${told}
    </a>
  </li>`;
}

function hrefOf(run: RunView, stage: Stage): string {
  if (stage === "collecting" || stage === "cleaning" || stage === "deduplicating") return `/corpus?run=${run.id}`;
  return stage === "training" ? `/runs/${run.id}/training` : `/runs/${run.id}#stage-${stage}`;
}

function amountOf({ stage, state, progress }: StageView, report: DropReport | undefined): string | Html {
  if (state === "waiting" || state === "skipped") return "";
  if (report && stage === "collecting") return formatBytes(report.bytes.sources);
  if (report && stage === "deduplicating") return formatBytes(report.bytes.kept);
  if (report && stage === "cleaning") {
    return formatBytes(Math.max(report.bytes.kept, report.bytes.read - sum(report.bytes.dropped)));
  }
  // Too long for a phone.
  return progress === null ? "" : html`<span class="wide">${formatCount(progress.total)} ${progress.unit}</span>`;
}

function inSentence(report: DropReport | undefined): string {
  if (!report) return "Nothing has been read yet.";
  const { bytes, kept, read } = report;
  return `Of ${formatBytes(bytes.read)} of text read, ${formatBytes(bytes.kept)} are kept: ${formatCount(kept)} of ${counted(read, "document")}.`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, value) => total + value, 0);
}
