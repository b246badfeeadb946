/** How training went: the curve, the nodes, the settings. */
import type { RunView, Summary, TrainingRunView, VersionView } from "@millrace/contracts";
import { html } from "hono/html";
import { curve, findingOf } from "../charts/curve.ts";
import { ghostCurve } from "../charts/ghosts.ts";
import { lanes } from "../charts/lanes.ts";
import { stages } from "../charts/stages.ts";
import { measures, paceOf } from "../charts/measures.ts";
import { counted, formatCount, shortHash } from "../format.ts";
import { badge, card, command, empty, type Html } from "../html.ts";
import { referencesOf } from "../references.ts";
import { written } from "../run_comparison.ts";
import { type Comparison, comparisonCards, picker } from "./run_compare.ts";

export interface TrainingData {
  readonly run: RunView;
  /** Undefined before training begins. */
  readonly training: TrainingRunView | undefined;
  readonly summary: Summary | undefined;
  /** What the run became; undefined until it is registered. */
  readonly version: VersionView | undefined;
  /** Undefined when the run stands alone. */
  readonly comparison: Comparison | undefined;
  /** Runs that could be compared with it, newest first. */
  readonly others: readonly RunView[];
  readonly nowMs: number;
}

export function trainingTab({ run, training, summary, version, comparison, others, nowMs }: TrainingData): Html {
  if (training === undefined) {
    return html`<div class="stack" id="training" data-live>
      ${empty(ghostCurve(), "Training has not begun. Its loss, step by step, will stand here.")}
    </div>`;
  }
  const chosen = comparison?.runs.map((one) => one.run.id) ?? [];
  // What is being chosen stays out of the parts that are read again.
  return html`<div class="stack" id="training" data-live>
      ${comparison === undefined ? alone(run, training, summary) : comparisonCards(run.id, comparison)}
    </div>
    ${picker(run.id, others, chosen, nowMs)}
    <div class="stack" id="training-nodes" data-live>
      ${comparison === undefined ? card("pace", paceOf(training), measures(training)) : ""}
      ${card(
        "nodes",
        nodesTitle(training),
        html`${stages(training.activity)}${lanes(training, `/runs/${run.id}/nodes.csv`)}`,
        exactness(training, version),
      )}
      ${card("settings", "Settings", settings(training))}
    </div>`;
}

function alone(run: RunView, training: TrainingRunView, summary: Summary | undefined): Html {
  const references = summary === undefined ? [] : referencesOf(summary);
  const exports = html`<a href="/runs/${run.id}/training.csv" download>CSV</a>`;
  return card("curve", findingOf(training), curve(training, references, `/runs/${run.id}/training.json`), exports);
}

function nodesTitle({ changes, nodes }: TrainingRunView): string {
  const lost = changes.filter(({ change }) => change === "lost").length;
  if (lost === 0) return `${counted(nodes, "node")}, none was lost`;
  const joined = changes.filter(({ change, step }) => change === "joined" && step > 0).length;
  return `${counted(lost, "node")} lost, ${formatCount(joined)} joined, and training went on`;
}

/** `exact · 2 nodes · 3f9c21`, and how to train it again and see; whether it is exact is known once the version is registered. */
function exactness({ nodes, fingerprint }: TrainingRunView, version: VersionView | undefined): Html {
  const where = `${fingerprint.runtime}, ${fingerprint.kernelClass}, probe ${fingerprint.probe}`;
  if (version === undefined) return html`<span class="muted" title="${where}">${counted(nodes, "node")}</span>`;
  const words = [version.exact ? "exact" : "inexact", counted(nodes, "node"), shortHash(version.checkpoint.sha256)];
  const verify = html`<span class="muted">Verify</span>
    ${command(`npx millrace verify ${version.model}@${version.version}`)}`;
  return html`<span class="exactness">
    <span title="${where}">${badge(version.exact ? "ok" : "warn", words.join(" · "))}</span>
    ${version.exact && !version.partial ? verify : html`<span class="muted">${unverifiable(version)}</span>`}
  </span>`;
}

function unverifiable({ partial }: VersionView): string {
  return partial
    ? "a time limit ended it: no other run need end there"
    : "not every training comes to the same bytes: it was on a card, on nodes that compute differently, or with train.exchange";
}

function settings({ config, parameters, steps, settings: chosen, fingerprint }: TrainingRunView): Html {
  const lines: [string, string][] = [
    ["parameters", formatCount(parameters)],
    ["steps", formatCount(steps)],
    ...Object.entries(config).map(([name, value]): [string, string] => [name, String(value)]),
    ...Object.entries(chosen).map(([name, value]): [string, string] => [name, written(value)]),
    ["runtime", `${fingerprint.runtime}, ${fingerprint.kernelClass}`],
  ];
  return html`<dl class="pairs tight">
    ${lines.map(
      ([name, value]) =>
        html`<dt><code>${name}</code></dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}
