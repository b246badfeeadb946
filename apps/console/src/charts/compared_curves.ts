/** Curves of up to six runs over each other: training thin, validation thick, one colour a run. */
import { html } from "hono/html";
import { formatCount } from "../format.ts";
import type { Html } from "../html.ts";
import { comparisonFinding, type ComparedRun } from "../run_comparison.ts";
import { lossesOf, lossScale } from "./loss_scale.ts";
import { scrollingTable } from "../table.ts";

/** @param data Where the island reads the points. */
export function comparedCurves(runs: readonly ComparedRun[], data: string): Html {
  const losses = runs.flatMap(({ training }) => lossesOf(training.points));
  if (losses.length === 0) return html`<p class="muted">No step of these runs has been reported.</p>`;
  const steps = Math.max(...runs.map(({ training }) => training.steps));
  const { width, height, line } = lossScale(losses, steps);
  return html`<div class="curve compared" data-curve="${data}" data-own="curve" data-steps="${steps}">
      <svg
        viewBox="0 0 ${width} ${height}"
        preserveAspectRatio="none"
        role="img"
        aria-label="${comparisonFinding(runs)}"
      >
        ${runs.map(
          ({ color, training }) =>
            html`<path class="train series-${color}" d="${line(training.points, ({ loss }) => loss)}" />
              <path
                class="validation series-${color}"
                d="${line(training.points, ({ validationLoss }) => validationLoss)}"
              />`,
        )}
      </svg>
    </div>
    <p class="legend">
      ${runs.map(
        ({ run, color }) => html`<span class="series-${color}">${run.id} <b data-value="${run.id}"></b></span>`,
      )}
      <span class="muted">validation thick, training thin; nats a token over ${formatCount(steps)} steps</span>
      <span class="muted" data-value="step"></span>
    </p>
    <details class="as-table">
      <summary>View as table</summary>
      ${table(runs)}
    </details>`;
}

/** Validation losses, a row a step at which one of the runs was validated. */
function table(runs: readonly ComparedRun[]): Html {
  const byStep = new Map<number, Map<string, number>>();
  for (const { run, training } of runs) {
    for (const { step, validationLoss } of training.points) {
      if (validationLoss === undefined) continue;
      byStep.set(step, (byStep.get(step) ?? new Map<string, number>()).set(run.id, validationLoss));
    }
  }
  const rows = [...byStep].sort(([left], [right]) => left - right);
  return scrollingTable(
    { named: { as: "Validation losses" } },
    [{ number: "Step" }, ...runs.map(({ run }) => ({ number: run.id }))],
    rows.map(
      ([step, losses]) =>
        html`<tr>
          <th scope="row" class="number">${formatCount(step)}</th>
          ${runs.map(({ run }) => html`<td class="number">${losses.get(run.id)?.toFixed(3) ?? ""}</td>`)}
        </tr>`,
    ),
  );
}
