/** How training went: the curve, the nodes, the settings. */
import type { RunView, Summary, TrainingRunView, VersionView } from "@millrace/contracts";
import { html } from "hono/html";
import { curve, findingOf } from "../charts/curve.ts";
import { ghostCurve } from "../charts/ghosts.ts";
import { lanes } from "../charts/lanes.ts";
import { counted, formatCount, shortHash } from "../format.ts";
import { badge, card, empty, type Html } from "../html.ts";
import { referencesOf } from "../references.ts";

/** @param version What the run became; undefined until it is registered. */
export function trainingTab(
  run: RunView,
  training: TrainingRunView | undefined,
  summary: Summary | undefined,
  version: VersionView | undefined,
): Html {
  return html`<div class="stack" id="training" data-live>${inner(run, training, summary, version)}</div>`;
}

function inner(
  run: RunView,
  training: TrainingRunView | undefined,
  summary: Summary | undefined,
  version: VersionView | undefined,
): Html {
  if (training === undefined) {
    return empty(ghostCurve(), "Training has not begun. Its loss, step by step, will stand here.");
  }
  const references = summary === undefined ? [] : referencesOf(summary);
  const exports = html`<a href="/runs/${run.id}/training.csv" download>CSV</a>`;
  return html`${card("curve", findingOf(training), curve(training, references, `/runs/${run.id}/training.json`), exports)}
  ${card("nodes", nodesTitle(training), lanes(training), exactness(training, version))}
  ${card("settings", "Settings", settings(training))}`;
}

function nodesTitle({ changes, nodes }: TrainingRunView): string {
  const lost = changes.filter(({ change }) => change === "lost").length;
  if (lost === 0) return `${counted(nodes, "node")}, none was lost`;
  const joined = changes.filter(({ change, step }) => change === "joined" && step > 0).length;
  return `${counted(lost, "node")} lost, ${formatCount(joined)} joined, and training went on`;
}

/** `exact · 2 nodes · 3f9c21`; whether it is exact is known once the version is registered. */
function exactness({ nodes, fingerprint }: TrainingRunView, version: VersionView | undefined): Html {
  const where = `${fingerprint.runtime}, ${fingerprint.kernelClass}, probe ${fingerprint.probe}`;
  if (version === undefined) return html`<span class="muted" title="${where}">${counted(nodes, "node")}</span>`;
  const words = [version.exact ? "exact" : "inexact", counted(nodes, "node"), shortHash(version.checkpoint.sha256)];
  return html`<span title="${where}">${badge(version.exact ? "ok" : "warn", words.join(" · "))}</span>`;
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

/** Without the noise of the last bits: 0.1 * 0.003 is shown as 0.0003. */
function written(value: number | string | boolean): string {
  return typeof value === "number" ? String(Number(value.toPrecision(7))) : String(value);
}
