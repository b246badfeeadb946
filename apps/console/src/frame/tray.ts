/** What is being worked on, with how far it is and how long it will take. */
import { isFinal, type RunView } from "@millrace/contracts";
import { html } from "hono/html";
import { counted, formatDuration, formatShare } from "../format.ts";
import { badge, type Html } from "../html.ts";
import { currentStage, rateOf } from "../run_state.ts";

/** @param runs Newest first; undefined when they could not be read: then nothing is claimed. */
export function tray(runs: readonly RunView[] | undefined): Html | "" {
  const [run, ...others] = (runs ?? []).filter(({ state }) => !isFinal(state));
  if (run === undefined) return "";
  const stage = currentStage(run);
  const left = stage && rateOf(stage)?.leftSeconds;
  const share = stage?.progress ? formatShare(stage.progress.done, stage.progress.total) : "";
  const words = html`<span class="long">${run.name} ${stage?.awaits ? "waits for somebody" : run.state}</span>
    ${share}${left === undefined ? "" : html`<span class="long">, ${formatDuration(Math.max(1, left))} left</span>`}`;
  return html`<a href="/runs/${run.id}" title="Time left in this stage">${badge("running", words)}</a>${
      others.length === 0 ? "" : html` <a class="long" href="/runs">and ${counted(others.length, "more run")}</a>`
    }`;
}
