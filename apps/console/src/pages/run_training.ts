/** How training went: the curve, the nodes, the settings. */
import type { RunView, Summary, TrainingRunView } from "@millrace/contracts";
import { html } from "hono/html";
import { curve, findingOf } from "../charts/curve.ts";
import { ghostCurve } from "../charts/ghosts.ts";
import { lanes } from "../charts/lanes.ts";
import { counted, formatCount, shortHash } from "../format.ts";
import { badge, card, empty, type Html } from "../html.ts";
import { referencesOf } from "../references.ts";

export function trainingTab(run: RunView, training: TrainingRunView | undefined, summary: Summary | undefined): Html {
  if (training === undefined)
    return empty(ghostCurve(), "Training has not begun. Its loss, step by step, will stand here.");
  const references = summary === undefined ? [] : referencesOf(summary);
  const exports = html`<a href="/runs/${run.id}/training.csv" download>CSV</a>`;
  return html`${card("curve", findingOf(training), curve(training, references, `/runs/${run.id}/training.json`), exports)}
  ${card("nodes", nodesTitle(training), lanes(training), exactness(training))}
  ${card("settings", "Settings", settings(training))}`;
}

function nodesTitle({ changes }: TrainingRunView): string {
  const [lost, joined] = [
    changes.filter(({ change }) => change === "lost"),
    changes.filter(({ change }) => change === "joined"),
  ];
  if (lost.length === 0) return "Nodes worked without a loss";
  return `${counted(lost.length, "node")} lost, ${counted(joined.length, "join")}, training went on`;
}

/** `exact · 2 nodes · 3f9c21` */
function exactness({ nodes, fingerprint, checkpoints }: TrainingRunView): Html {
  const last = checkpoints.at(-1)?.checkpoint.sha256;
  const words = ["exact", counted(nodes, "node"), ...(last === undefined ? [] : [shortHash(last)])].join(" · ");
  return html`<span title="${fingerprint.runtime}, ${fingerprint.kernelClass}, probe ${fingerprint.probe}"
    >${badge("ok", words)}</span
  >`;
}

function settings({ config, parameters, steps, settings: chosen, fingerprint }: TrainingRunView): Html {
  const lines: [string, string][] = [
    ["parameters", formatCount(parameters)],
    ["steps", formatCount(steps)],
    ...Object.entries(config).map(([name, value]): [string, string] => [name, String(value)]),
    ...Object.entries(chosen).map(([name, value]): [string, string] => [name, String(value)]),
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
