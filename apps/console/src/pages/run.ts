/** A run: its race, its tabs and what can be done with it. */
import type { DeploymentView, DropReport, RunView, Summary } from "@millrace/contracts";
import { awaitedCommand, awaitedWords, isFinal, liveAfterAll, remedyOf } from "@millrace/contracts";
import { html } from "hono/html";
import { race } from "../charts/race.ts";
import { ago, asCommand, badge, copyable, type Html, liveCard } from "../html.ts";
import { currentStage, headlineOf } from "../run_state.ts";
import { versionAddress } from "../version_address.ts";
import { outcome } from "./run_outcome.ts";
import { stagesFinding, stageTable } from "./run_stages.ts";

export const TABS = ["overview", "training", "trials", "events", "recipe"] as const;
export type Tab = (typeof TABS)[number];

export interface RunFrame {
  readonly run: RunView;
  readonly report: DropReport | undefined;
  /** Of any model; none where the run did not fail, or they could not be read. */
  readonly deployments: readonly DeploymentView[];
  readonly tab: Tab;
  readonly nowMs: number;
  /** The command line resumes this one alone. */
  readonly isNewest: boolean;
  /** Whether it has trials of a search. */
  readonly hasTrials: boolean;
  /** The session may cancel, resume and start runs. */
  readonly mayOperate: boolean;
}

/** The head of a run and the tab that is open. */
export function runPage(frame: RunFrame, body: Html): Html {
  const { run, report, deployments, tab, hasTrials, nowMs } = frame;
  const { sentence, tone, state } = headlineOf(run, deployments);
  const tabs = TABS.filter((name) => name !== "trials" || hasTrials || tab === "trials");
  return html`<section class="lead" id="lead" data-live>
      <header>
        <h1>${sentence}</h1>
        ${badge(tone, state)}
        <span class="muted"
          >${copyable(run.id)}, started
          ${ago(run.createdAt, nowMs)}${run.attempt > 1 ? `, attempt ${run.attempt}` : ""}</span
        >
        ${asCommand(`npx millrace status ${run.id}`)}
      </header>
      ${race(run, report)} ${whyWaits(run)} ${run.error === null ? "" : whyStopped(frame, run.error)}
    </section>
    <div class="bar">
      <nav class="tabs" aria-label="Parts of the run">${tabs.map((name) => tabLink(run.id, name, name === tab))}</nav>
      <div class="actions" id="actions" data-live>${actions(frame)}</div>
    </div>
    ${body}`;
}

function tabLink(runId: string, tab: Tab, isCurrent: boolean): Html {
  const href = tab === "overview" ? `/runs/${runId}` : `/runs/${runId}/${tab}`;
  return html`<a href="${href}" ${isCurrent ? html`aria-current="page"` : ""}>${nameOfTab(tab)}</a>`;
}

/** As it stands on the tab and in the page's title. */
export function nameOfTab(tab: Tab): string {
  return `${tab[0]?.toUpperCase()}${tab.slice(1)}`;
}

/** What somebody has to do before it goes on, and where. */
function whyWaits(run: RunView): Html | "" {
  const awaits = currentStage(run)?.awaits;
  if (awaits === undefined) return "";
  const where =
    awaits.act === "approve"
      ? versionAddress(run.name, Number(awaits.version.split("@").at(-1)))
      : `/deployments?${new URLSearchParams({ model: run.name })}`;
  return html`<p class="why" role="status">
    ${badge("warn", "Waits")} ${awaitedWords(awaits)}. <a href="${where}">Look at it</a>
    ${asCommand(awaitedCommand(awaits))}
  </p>`;
}

function whyStopped({ run, deployments }: RunFrame, error: string): Html {
  const { state, errorCode } = run;
  // Cancelling is no fault, and one that was mended is none any more.
  const tone = state === "cancelled" || liveAfterAll(run, deployments) !== undefined ? "idle" : "failed";
  const { change } = remedyOf(errorCode);
  const mend = change === null ? "" : html` To mend it, ${change}; then start a new run.`;
  return html`<p class="why ${tone}" role="status">
    ${badge(tone, "Stopped")} ${error}${mend === "" ? "" : "."}${mend}
  </p>`;
}

function actions({ run, deployments, isNewest, mayOperate }: RunFrame): Html {
  if (!mayOperate) return html`<span class="muted">Viewers cannot change runs</span>`;
  if (!isFinal(run.state)) {
    return html`${asCommand(`npx millrace cancel ${run.id}`)}
      <form method="post" action="/runs/${run.id}/cancel"><button>Cancel run</button></form>`;
  }
  const resume = html`<form method="post" action="/runs/${run.id}/resume">
    <button class="primary">Resume</button>
  </form>`;
  const hasFailed = run.state === "failed" && liveAfterAll(run, deployments) === undefined;
  const mayResume = (hasFailed && remedyOf(run.errorCode).resume) || run.state === "cancelled";
  return html`${mayResume ? html`${isNewest ? asCommand("npx millrace run --resume") : ""} ${resume}` : ""}
    <a class="button" href="/runs/${run.id}/again">Run again with changes</a>`;
}

/** First tab: stages with rate and time left, then what came out. */
export function overviewTab(run: RunView, summary: Summary | undefined): Html {
  return html`${liveCard("stages", stagesFinding(run), stageTable(run))}
  ${summary === undefined ? "" : outcome(run.id, summary)}`;
}
