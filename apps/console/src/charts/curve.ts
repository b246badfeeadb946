/** The loss over the steps, drawn on the server; the island puts a live one with a cursor in its place, of the same height. */
import type { TrainingPoint, TrainingRunView } from "@millrace/contracts";
import { html } from "hono/html";
import { formatCount } from "../format.ts";
import type { Html } from "../html.ts";
import type { Reference } from "../references.ts";
import { bestOf } from "../run_comparison.ts";
import { lossesOf, lossScale } from "./loss_scale.ts";

/** The curve's title: what it shows. */
export function findingOf({ points, state, steps }: TrainingRunView): string {
  const validated = points.filter(({ validationLoss }) => validationLoss !== undefined);
  const [first, last, best] = [validated[0], validated.at(-1), bestOf({ points })];
  if (!first || !last || !best) return points.length === 0 ? "No step is done yet" : "Not validated yet";
  const value = best.validationLoss?.toFixed(2);
  if (best !== last) return `Validation is best at step ${formatCount(best.step)}: ${value} nats a token`;
  if (state === "running")
    return `Validation still improves: ${value} nats a token at step ${formatCount(last.step)} of ${formatCount(steps)}`;
  return `Validation improved to the end: ${first.validationLoss?.toFixed(2)} to ${value} nats a token`;
}

/**
 * @param references Levels to compare with.
 * @param data Where the island reads the points.
 */
export function curve(training: TrainingRunView, references: readonly Reference[], data: string): Html {
  const { points, steps } = training;
  const losses = lossesOf(points);
  if (losses.length === 0) return html`<p class="muted">The first step has not been reported.</p>`;
  const { width, height, y, line } = lossScale([...losses, ...references.map(({ loss }) => loss)], steps);
  return html`<div class="curve" data-curve="${data}" data-own="curve" data-steps="${steps}">
      <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${findingOf(training)}">
        <path class="reference" d="${references.map(({ loss }) => `M0 ${y(loss).toFixed(1)}H${width}`).join("")}" />
        <path class="train" d="${line(points, ({ loss }) => loss)}" />
        <path class="validation" d="${line(points, ({ validationLoss }) => validationLoss)}" />
      </svg>
    </div>
    <p class="legend">
      <span class="train">training <b data-value="train"></b></span>
      <span class="validation">validation <b data-value="validation"></b></span>
      ${references.map(({ name, loss }) => html`<span class="reference">${name} ${loss.toFixed(2)}</span>`)}
      <span class="muted">nats a token over ${formatCount(steps)} steps</span>
      <span class="muted" data-value="step"></span>
    </p>
    <details class="as-table">
      <summary>View as table</summary>
      ${table(points)}
    </details>`;
}

function table(points: readonly TrainingPoint[]): Html {
  const validated = points.filter(({ validationLoss }) => validationLoss !== undefined);
  return html`<table>
    <thead>
      <tr>
        <th scope="col" class="number">Step</th>
        <th scope="col" class="number">Training</th>
        <th scope="col" class="number">Validation</th>
      </tr>
    </thead>
    <tbody>
      ${validated.map(
        ({ step, loss, validationLoss }) =>
          html`<tr>
            <td class="number">${formatCount(step)}</td>
            <td class="number">${loss?.toFixed(3)}</td>
            <td class="number">${validationLoss?.toFixed(3)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
