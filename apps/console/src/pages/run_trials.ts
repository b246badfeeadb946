/** The trials of a run's search: which is best, what made it so, and all of them in a table. */
import { html } from "hono/html";
import { keyScatter, trialCurves } from "../charts/trials.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { counted, formatCount } from "../format.ts";
import { badge, command, empty, exportLinks, type Html, liveCard, type Tone } from "../html.ts";
import { bestTrial, sortTrials, standingOf, type Trial, trialsFinding, valueWords, variedKeys } from "../run_trials.ts";
import { type Column, scrollingTable } from "../table.ts";

const TONES: Readonly<Record<Trial["state"], Tone>> = {
  running: "running",
  completed: "ok",
  stopped: "idle",
  failed: "failed",
};
const WORDS: Readonly<Record<Trial["state"], string>> = {
  running: "running",
  completed: "complete",
  stopped: "given up",
  failed: "failed",
};

/** @param sort As `sortTrials` takes it. */
export function trialsTab(runId: string, trials: readonly Trial[], sort: string): Html {
  if (trials.length === 0) {
    const how = html`A recipe searches with ${command("npx millrace run recipe.yaml --set 'search.space={...}'")}`;
    return liveCard("trials", "Trials", empty(ghostBars(), "This run searches nothing, or no trial has begun.", how));
  }
  const keys = variedKeys(trials);
  const finding = trialsFinding(trials);
  return html`${liveCard(
    "trials-keys",
    finding,
    html`<div class="scatters">${keys.map((key) => keyScatter(key, trials))}</div>
      <p class="note muted">
        Validation loss in nats a token, less is better; hollow marks were given up and stand at their last validation,
        at the top edge where that is further up.
      </p>`,
  )}
  ${liveCard("trials-curves", curvesTitle(trials), trialCurves(trials, finding))}
  ${liveCard("trials", countsOf(trials), table(runId, trials, keys, sort), exportLinks(`/runs/${runId}/trials`))}`;
}

function curvesTitle(trials: readonly Trial[]): string {
  const stopped = trials.filter(({ state }) => state === "stopped").length;
  return stopped === 0
    ? "No trial was given up"
    : `${counted(stopped, "trial")} of ${formatCount(trials.length)} ${stopped === 1 ? "was" : "were"} given up early`;
}

function countsOf(trials: readonly Trial[]): string {
  const states = Object.keys(WORDS) as Trial["state"][];
  const counts = states.map((state) => [state, trials.filter((trial) => trial.state === state).length] as const);
  const words = counts
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${formatCount(count)} ${WORDS[state]}`);
  return `${counted(trials.length, "trial")}: ${words.join(", ")}`;
}

function table(runId: string, trials: readonly Trial[], keys: readonly string[], sort: string): Html {
  const best = bestTrial(trials);
  const head = (name: string, words: Html | string, isNumber: boolean): Column => {
    const current = sort.replace(/^-/, "") === name;
    const next = current && !sort.startsWith("-") ? `-${name}` : name;
    const order = current ? (sort.startsWith("-") ? "descending" : "ascending") : "none";
    const arrow = order === "none" ? "" : html` <span aria-hidden="true">${order === "ascending" ? "↑" : "↓"}</span>`;
    return {
      cell: html`<th scope="col" class="${isNumber ? "number" : ""}" aria-sort="${order}">
        <a href="/runs/${runId}/trials?${new URLSearchParams({ sort: next })}#trials">${words}</a>${arrow}
      </th>`,
    };
  };
  const isNumber = (key: string): boolean => trials.every(({ values }) => typeof values[key] === "number");
  return scrollingTable(
    { named: { by: "trials-title" } },
    [
      head("number", "Trial", false),
      head("state", "State", false),
      head("loss", "Nats a token", true),
      head("step", "At step", true),
      ...keys.map((key) => head(key, html`<code>${key}</code>`, isNumber(key))),
      "Why",
    ],
    sortTrials(trials, sort).map(
      (trial) =>
        html`<tr>
          <th scope="row">${trial.number}${trial === best ? html` <span class="chip">best</span>` : ""}</th>
          <td>${badge(TONES[trial.state], WORDS[trial.state])}</td>
          <td class="number">${standingOf(trial)?.toFixed(3) ?? ""}</td>
          <td class="number">${trial.validations.length === 0 ? "" : formatCount(trial.validations.at(-1)!.step)}</td>
          ${keys.map((key) => html`<td class="${isNumber(key) ? "number" : ""}">${valueWords(trial.values[key])}</td>`)}
          <td class="muted trial-why">${trial.detail ?? ""}</td>
        </tr>`,
    ),
  );
}
