/**
 * The race: a strip from sources to endpoint whose width is the bytes that survive. What is left out falls away beneath it at the stage
 * that left it out. Each stage is a link.
 */
import type { DropReport, RunView, Stage, StageView } from "@millrace/contracts";
import { html } from "hono/html";
import { formatBytes, formatCount, formatShare, inWords } from "../format.ts";
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
        ${run.stages.map((view, index) => segment(view, index, levels))} ${report ? bands(falls, levels) : ""}
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
  </figure>`;
}

/** Width at the eight borders of the seven stages, in SVG units. */
function levelsOf({ stages }: RunView, report: DropReport | undefined): number[] {
  const flat = Array.from({ length: stages.length + 1 }, () => DEEPEST * 0.6);
  if (!report || report.bytes.sources + report.bytes.read === 0) return flat;
  const { sources, read, kept, duplicates } = report.bytes;
  const dropped = Object.values(report.dropped).length === 0 ? 0 : sum(report.bytes.dropped);
  const most = Math.max(sources, read);
  const cleaned = Math.max(kept, read - dropped);
  const unique = Math.max(kept, cleaned - duplicates);
  return [sources, read, cleaned, unique, unique, unique, unique, unique].map((bytes) =>
    Math.max(LEAST, (DEEPEST * bytes) / most),
  );
}

/** The strip of one stage: its lower edge bends from the width before to the width after. */
function segment({ stage, state }: StageView, index: number, levels: readonly number[]): Html {
  const [left, right] = [index * COLUMN, (index + 1) * COLUMN - 1.5];
  const [before, after] = [TOP + (levels[index] ?? 0), TOP + (levels[index + 1] ?? 0)];
  const bend = left + COLUMN * 0.35;
  const edge = `C${bend + 25} ${before} ${bend + 5} ${after} ${bend + 35} ${after}`;
  const shape = `M${left} ${TOP}H${right}V${after}H${bend + 35}C${bend + 5} ${after} ${bend + 25} ${before} ${bend} ${before}H${left}Z`;
  const flow = `M${left} ${TOP + Math.min(before, after) / 2}H${right}`;
  return html`<g class="stage ${state}" data-stage="${stage}">
    <path class="water" d="${shape}" />
    ${state === "running" ? html`<path class="flow" d="${flow}" />` : ""}
    ${state === "waiting" ? "" : html`<path class="edge" d="M${left} ${before}H${bend}${edge}H${right}" />`}
  </g>`;
}

/** What is left out: bands that leave the lower edge and fall, their widths to the strip's scale. */
function bands(falls: readonly Fall[], levels: readonly number[]): Html {
  const stages = [0, 1, 2].map((stage) => falls.filter((fall) => fall.stage === stage));
  return html`${stages.flatMap((own, stage) => {
    const lost = (levels[stage] ?? 0) - (levels[stage + 1] ?? 0);
    const total = own.reduce((bytes, fall) => bytes + fall.bytes, 0);
    if (total === 0 || lost <= 0) return [];
    let depth = TOP + (levels[stage + 1] ?? 0);
    return grouped(own).map((fall, index) => {
      const width = (lost * fall.bytes) / total;
      const [from, to] = [depth, depth + width];
      depth = to;
      const x = stage * COLUMN + 52;
      const right = x + 38 - index * 11;
      const left = right - Math.max(1.5, Math.min(9, width / 2));
      const d = `M${x} ${from}C${x + 14} ${from} ${right} ${from} ${right} ${FLOOR}H${left}C${left} ${to} ${x + 8} ${to} ${x} ${to}Z`;
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
    <a href="/corpus?run=${run.id}&reason=${encodeURIComponent(reason)}"
      >${inWords(reason)} <b>−${formatBytes(bytes)}</b></a
    >
  </li>`;
}

function column(run: RunView, view: StageView, report: DropReport | undefined): Html {
  const { stage, state } = view;
  const word = state === "running" && view.progress ? formatShare(view.progress.done, view.progress.total) : state;
  return html`<li>
    <a href="${hrefOf(run, stage)}">
      <span class="noun">${STAGE_NOUNS[stage]}</span>
      <span class="amount">${amountOf(stage, state, report)}</span>
      ${badge(toneOfStage(state), word)}
    </a>
  </li>`;
}

function hrefOf(run: RunView, stage: Stage): string {
  if (stage === "collecting" || stage === "cleaning" || stage === "deduplicating") return `/corpus?run=${run.id}`;
  return stage === "training" ? `/runs/${run.id}/training` : `/runs/${run.id}#stage-${stage}`;
}

function amountOf(stage: Stage, state: StageView["state"], report: DropReport | undefined): string {
  if (!report || state === "waiting" || state === "skipped") return "";
  if (stage === "collecting") return formatBytes(report.bytes.sources);
  if (stage === "cleaning")
    return formatBytes(Math.max(report.bytes.kept, report.bytes.read - sum(report.bytes.dropped)));
  return stage === "deduplicating" ? formatBytes(report.bytes.kept) : "";
}

function inSentence(report: DropReport | undefined): string {
  if (!report) return "Nothing has been read yet.";
  const { bytes, kept, read } = report;
  return `Of ${formatBytes(bytes.read)} read, ${formatBytes(bytes.kept)} are kept: ${formatCount(kept)} of ${formatCount(read)} documents.`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, value) => total + value, 0);
}
