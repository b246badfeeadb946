/** Is all well, what is served, what needs me, what changed. */
import type { DropReport, RouteList, RunList, RunReport, RunView, VersionView } from "@millrace/contracts";
import { html } from "hono/html";
import type { Answer } from "../ask.ts";
import { valueOf } from "../ask.ts";
import { race } from "../charts/race.ts";
import { changesOf } from "../changes.ts";
import { formatCount } from "../format.ts";
import { ago, badge, liveCard, command, empty, failing, type Html } from "../html.ts";
import { sentenceOf, toneOf } from "../run_state.ts";
import { ghostRace } from "../charts/ghosts.ts";

export interface HomeData {
  readonly runs: Answer<RunList>;
  readonly report: Answer<RunReport>;
  readonly routes: Answer<RouteList>;
  readonly versions: Answer<readonly VersionView[]>;
  readonly nowMs: number;
  readonly traceId: string;
}

export function homePage(data: HomeData): Html {
  const runs = valueOf(data.runs)?.runs;
  return html`<h1 class="hidden">Home</h1>
    ${newest(data, runs, valueOf(data.report)?.report)}
    <div class="columns">
      ${liveCard("serving", "Serving now", serving(data))} ${liveCard("needs-you", "Needs you", needsYou(data, runs))}
      ${liveCard("changed", "What changed", changed(data, runs))}
    </div>
    ${runs === undefined || runs.length < 2 ? "" : liveCard("recent", "Recent runs", runList(runs.slice(0, 6), data.nowMs), html`<a href="/runs">All runs</a>`)}`;
}

function newest(data: HomeData, runs: readonly RunView[] | undefined, report: DropReport | undefined): Html {
  if (data.runs.kind === "failed") {
    return html`<section class="lead">
      ${failing(data.runs.failure, "Reload the page; if it stays, look at the log of automation.", data.traceId)}
    </section>`;
  }
  const [run] = runs ?? [];
  if (!run) {
    const how = html`Start with ${command("millrace run ./docs")}`;
    return html`<section class="lead" id="lead" data-live>
      ${empty(ghostRace(), "No runs yet. The path of your documents, from sources to an endpoint, will stand here.", how)}
    </section>`;
  }
  return html`<section class="lead" id="lead" data-live aria-labelledby="lead-title">
    <header>
      <h2 id="lead-title"><a href="/runs/${run.id}">${sentenceOf(run)}</a></h2>
      ${badge(toneOf(run.state), run.state)}
      <span class="muted"><code>${run.id}</code>, started ${ago(run.createdAt, data.nowMs)}</span>
      <a class="button primary" href="/runs/${run.id}">Open run</a>
    </header>
    ${race(run, report)}
  </section>`;
}

function serving({ routes, traceId }: HomeData): Html {
  if (routes.kind === "failed")
    return failing(routes.failure, "The endpoint may still answer; look at the log of inference.", traceId);
  const live = valueOf(routes)?.routes ?? [];
  if (live.length === 0) return empty("", "Nothing is served yet. A run that ends well puts its model here.");
  return html`<ul class="served">
    ${live.map(
      (route) =>
        html`<li>
          <p>
            <b>${route.model}</b> v${route.version}
            ${badge(route.replicas.some(({ state }) => state === "ready") ? "ok" : "warn", `${route.percent} % of traffic`)}
          </p>
          <dl class="figures">
            <div>
              <dt>Requests a minute</dt>
              <dd>${formatCount(route.requestsPerMinute)}</dd>
            </div>
            <div>
              <dt>First token, p95</dt>
              <dd>
                ${route.timeToFirstTokenP95Ms === null ? "no request yet" : `${formatCount(route.timeToFirstTokenP95Ms)} ms`}
              </dd>
            </div>
            <div>
              <dt>Replicas ready</dt>
              <dd>${route.replicas.filter(({ state }) => state === "ready").length} of ${route.replicas.length}</dd>
            </div>
          </dl>
        </li>`,
    )}
  </ul>`;
}

function needsYou({ nowMs }: HomeData, runs: readonly RunView[] | undefined): Html {
  if (runs === undefined) return html`<p class="muted">Not known while the runs cannot be read.</p>`;
  const latest = [...Map.groupBy(runs, ({ name }) => name).values()].flatMap(([first]) => (first ? [first] : []));
  const failed = latest.filter(({ state }) => state === "failed");
  if (failed.length === 0) return html`<p>${badge("ok", "Nothing needs you")}</p>`;
  return html`<ul class="lines">
    ${failed.map(
      (run) =>
        html`<li>
          <p>
            <a href="/runs/${run.id}">${run.name} failed${run.stoppedIn ? ` while ${run.stoppedIn}` : ""}</a>
            <span class="muted">${ago(run.updatedAt, nowMs)}</span>
          </p>
          <p class="clamp">${run.error}</p>
        </li>`,
    )}
  </ul>`;
}

function changed({ versions, nowMs }: HomeData, runs: readonly RunView[] | undefined): Html {
  if (runs === undefined || versions.kind === "failed") {
    return html`<p class="muted">Not known while runs and versions cannot be read.</p>`;
  }
  const changes = changesOf(runs, valueOf(versions) ?? []).slice(0, 6);
  if (changes.length === 0) return empty("", "What runs, versions and deployments do will be told here.");
  return html`<ul class="lines">
    ${changes.map(({ href, sentence, at }) => html`<li><a href="${href}">${sentence}</a> <span class="muted">${ago(at, nowMs)}</span></li>`)}
  </ul>`;
}

/** Runs as rows: name, state, age. */
export function runList(runs: readonly RunView[], nowMs: number): Html {
  return html`<ul class="rows">
    ${runs.map(
      (run) =>
        html`<li>
          <a href="/runs/${run.id}"><b>${run.name}</b> <code>${run.id}</code></a>
          ${badge(toneOf(run.state), run.state)} <span class="muted">${ago(run.createdAt, nowMs)}</span>
        </li>`,
    )}
  </ul>`;
}
