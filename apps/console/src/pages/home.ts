/** Is all well, what is served, what needs me, what changed. */
import type {
  AlertList,
  ApprovalList,
  DeadLetterList,
  DeploymentList,
  DropReport,
  RouteList,
  RuleFirings,
  RunList,
  RunReport,
  RunView,
  VersionView,
} from "@millrace/contracts";
import { html } from "hono/html";
import type { Answer } from "../ask.ts";
import { valueOf } from "../ask.ts";
import { race } from "../charts/race.ts";
import { ago, badge, liveCard, command, empty, failing, type Html } from "../html.ts";
import type { Waiting } from "../needs.ts";
import { headlineOf } from "../run_state.ts";
import { changed, needsYou, type Pace, serving } from "./home_boxes.ts";
import { ghostRace } from "../charts/ghosts.ts";

export interface HomeData {
  readonly runs: Answer<RunList>;
  readonly report: Answer<RunReport>;
  readonly routes: Answer<RouteList>;
  /** By `<name>@<version>`. */
  readonly paceOf: ReadonlyMap<string, Pace>;
  readonly versions: Answer<readonly VersionView[]>;
  readonly deployments: Answer<DeploymentList>;
  readonly firings: Answer<RuleFirings>;
  readonly alerts: Answer<AlertList>;
  readonly letters: Answer<DeadLetterList>;
  readonly approvals: Answer<ApprovalList>;
  readonly nowMs: number;
  readonly traceId: string;
}

export function homePage(data: HomeData): Html {
  const runs = valueOf(data.runs)?.runs;
  return html`<h1 class="hidden">Home</h1>
    ${newest(data, runs, valueOf(data.report)?.report)}
    <div class="columns">
      ${liveCard("serving", "Serving now", serving(data.routes, data.paceOf, data.traceId))}
      ${liveCard("needs-you", "Needs you", needsYou(waitingOf(data), unreadOf(data), data.nowMs))}
      ${liveCard("changed", "What changed", changed(runs, data.versions, data.deployments, data.firings, data.nowMs))}
    </div>
    ${runs === undefined || runs.length < 2 ? "" : liveCard("recent", "Recent runs", runList(runs.slice(0, 6), valueOf(data.deployments)?.deployments ?? [], data.nowMs), html`<a href="/runs">All runs</a>`)}`;
}

function newest(data: HomeData, runs: readonly RunView[] | undefined, report: DropReport | undefined): Html {
  if (data.runs.kind === "failed") {
    return html`<section class="lead">
      ${failing(data.runs.failure, "Reload the page; if it stays, look at the log of automation.", data.traceId)}
    </section>`;
  }
  const [run] = runs ?? [];
  if (!run) {
    const how = html`Start with ${command("npx millrace run ./docs")}`;
    return html`<section class="lead" id="lead" data-live>
      ${empty(ghostRace(), "No runs yet. The path of your documents, from sources to an endpoint, will stand here.", how)}
    </section>`;
  }
  const { sentence, tone, state } = headlineOf(run, valueOf(data.deployments)?.deployments ?? []);
  return html`<section class="lead" id="lead" data-live aria-labelledby="lead-title">
    <header>
      <h2 id="lead-title"><a href="/runs/${run.id}">${sentence}</a></h2>
      ${badge(tone, state)}
      <span class="muted"><code>${run.id}</code>, started ${ago(run.createdAt, data.nowMs)}</span>
      <a class="button primary" href="/runs/${run.id}">Open run</a>
    </header>
    ${race(run, report)}
  </section>`;
}

function waitingOf({ runs, report, alerts, letters, approvals, deployments }: HomeData): Waiting {
  return {
    approvals: valueOf(approvals)?.approvals,
    alerts: valueOf(alerts)?.alerts,
    runs: valueOf(runs)?.runs,
    deployments: valueOf(deployments)?.deployments,
    letters: valueOf(letters),
    report: valueOf(report),
  };
}

function unreadOf({ runs, alerts, letters, approvals }: HomeData): string[] {
  const asked = { approvals, alerts, runs, "dead letters": letters };
  return Object.entries(asked).flatMap(([name, { kind }]) => (kind === "failed" ? [name] : []));
}

/** Runs as rows: name, what has become of it, age. */
export function runList(runs: readonly RunView[], deployments: DeploymentList["deployments"], nowMs: number): Html {
  return html`<ul class="rows">
    ${runs.map((run) => {
      const { tone, state } = headlineOf(run, deployments);
      return html`<li>
        <a href="/runs/${run.id}"><b>${run.name}</b> <code>${run.id}</code></a>
        ${badge(tone, state)} <span class="muted">${ago(run.createdAt, nowMs)}</span>
      </li>`;
    })}
  </ul>`;
}
