import type { RunView, StageView } from "@millrace/contracts";
import { html } from "hono/html";
import { formatCount, formatDuration } from "../format.ts";
import { badge, type Html } from "../html.ts";
import { progressText, rateOf, secondsOf, toneOfStage } from "../run_state.ts";
import { scrollingTable } from "../table.ts";

/** Which stage takes the time. */
export function stagesFinding({ stages }: RunView): string {
  const timed = stages.map((view) => ({ ...view, seconds: secondsOf(view) ?? 0 }));
  const total = timed.reduce((sum, { seconds }) => sum + seconds, 0);
  if (total === 0) return "No stage has begun";
  const longest = timed.reduce((most, one) => (one.seconds > most.seconds ? one : most));
  const verb = longest.state === "running" ? "has taken" : "took";
  const name = `${longest.stage[0]?.toUpperCase()}${longest.stage.slice(1)}`;
  return `${name} ${verb} most: ${formatDuration(longest.seconds)} of ${formatDuration(total)}`;
}

/** Stages in their order with progress, rate and time. */
export function stageTable(run: RunView): Html {
  return scrollingTable(
    { named: { by: "stages-title" }, look: "stages stacked" },
    ["Stage", "State", "Progress", { number: "Rate" }, { number: "Left" }, { number: "Took" }],
    run.stages.map((stage) => row(stage)),
  );
}

function row(view: StageView): Html {
  const { stage, state, progress } = view;
  const rate = rateOf(view);
  const seconds = secondsOf(view);
  return html`<tr id="stage-${stage}">
    <th scope="row">${stage[0]?.toUpperCase()}${stage.slice(1)}</th>
    <td>${view.awaits ? badge("warn", "waits") : badge(toneOfStage(state), state)}</td>
    <td class="progress">
      ${progress === null || state === "done" ? "" : html`<meter min="0" max="${Math.max(1, progress.total)}" value="${progress.done}" aria-label="Progress of ${stage}"></meter>`}
      <span data-progress="${stage}">${progressText(view)}</span>
    </td>
    <td class="number">${rate && progress ? `${perSecond(rate.perSecond)} ${progress.unit}/s` : ""}</td>
    <td class="number left">${rate?.leftSeconds === undefined ? "" : formatDuration(rate.leftSeconds)}</td>
    <td class="number">${seconds === undefined ? "" : formatDuration(seconds)}</td>
  </tr>`;
}

function perSecond(rate: number): string {
  return rate >= 10 ? formatCount(rate) : rate.toPrecision(2);
}
