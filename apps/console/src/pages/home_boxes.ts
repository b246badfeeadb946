/** The boxes of Home: what is served, what waits for somebody, what changed. */
import type { DeploymentList, RouteList, RuleFirings, Series, VersionView } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { changesOf } from "../changes.ts";
import { spark } from "../charts/spark.ts";
import { formatCount } from "../format.ts";
import { ago, asCommand, badge, empty, failing, type Html } from "../html.ts";
import { type Need, needsOf, type Waiting } from "../needs.ts";
import { versionAddress } from "../version_address.ts";

type Route = RouteList["routes"][number];

/** What the monitor measured of one version in the last minutes. */
export interface Pace {
  readonly requests: Answer<Series>;
  readonly firstTokenP95: Answer<Series>;
}

/** @param paceOf By `<name>@<version>`. */
export function serving(routes: Answer<RouteList>, paceOf: ReadonlyMap<string, Pace>, traceId: string): Html {
  if (routes.kind === "failed")
    return failing(routes.failure, "The endpoint may still answer; look at the log of inference.", traceId);
  const served = valueOf(routes)?.routes ?? [];
  if (served.length === 0) return empty("", "Nothing is served yet. A run that ends well puts its model here.");
  return html`<ul class="served">
    ${served.map((route) => servedVersion(route, paceOf.get(`${route.model}@${route.version}`)))}
  </ul>`;
}

function servedVersion({ model, version, percent, replicas }: Route, pace: Pace | undefined): Html {
  const ready = replicas.filter(({ state }) => state === "ready").length;
  const monitor = `/monitor?${new URLSearchParams({ model, version: String(version) })}`;
  return html`<li>
    <p>
      <b><a href="${versionAddress(model, version)}">${model} v${version}</a></b>
      ${badge(ready > 0 ? "ok" : "warn", `${percent} % of traffic`)}
      <a class="more-of" href="${monitor}">Monitor</a>
    </p>
    <dl class="figures">
      <div>
        <dt>Requests a minute</dt>
        <dd>${requestsOf(pace?.requests)}</dd>
      </div>
      <div>
        <dt>First token, p95</dt>
        <dd>${firstTokenOf(pace?.firstTokenP95)}</dd>
      </div>
      <div>
        <dt>Replicas ready</dt>
        <dd>${ready} of ${replicas.length}</dd>
      </div>
    </dl>
  </li>`;
}

const NOT_KNOWN = html`<span class="muted">not known now</span>`;
/** Time that a figure is of. */
export const LATELY_MINUTES = 5;

function requestsOf(answer: Answer<Series> | undefined): Html {
  const series = answer && valueOf(answer);
  if (series === undefined) return NOT_KNOWN;
  const { points, stepMs } = series;
  const lately = points.slice(-Math.max(1, Math.round((LATELY_MINUTES * 60_000) / stepMs)));
  const sum = lately.reduce((all, { value }) => all + (value ?? 0), 0);
  const rate = (sum * 60_000) / (lately.length * stepMs);
  const shown = rate > 0 && rate < 10 ? rate.toFixed(1) : formatCount(rate);
  return html`<span title="Over the last ${LATELY_MINUTES} minutes">${shown}</span>
    ${spark(points.map(({ value }) => value))}`;
}

function firstTokenOf(answer: Answer<Series> | undefined): Html {
  const series = answer && valueOf(answer);
  if (series === undefined) return NOT_KNOWN;
  const last = series.points.findLast(({ value }) => value !== null);
  if (last?.value === undefined || last.value === null) return html`<span class="muted">no request lately</span>`;
  return html`<span title="Of requests around ${last.at}">${formatCount(last.value)} ms</span>`;
}

/** What could not be looked at, in words; nothing where all was. */
function notRead(unread: readonly string[]): Html | "" {
  if (unread.length === 0) return "";
  return html`<p class="muted note">
    ${badge("warn", "Could not be read:")} ${new Intl.ListFormat("en").format(unread)}
  </p>`;
}

/** @param unread What could not be looked at, in words. */
export function needsYou(waiting: Waiting, unread: readonly string[], nowMs: number): Html {
  const needs = needsOf(waiting);
  const blind = notRead(unread);
  if (needs.length === 0) {
    return unread.length === 0
      ? html`<p>${badge("ok", "Nothing needs you")}</p>
          <p class="muted note">Looked at approvals, alerts, runs and dead letters just now.</p>`
      : html`<p class="muted">Nothing is known to need you.</p>
          ${blind}`;
  }
  return html`<ul class="lines">
      ${needs.map((need) => needLine(need, nowMs))}
    </ul>
    ${blind}`;
}

function needLine({ tone, word, sentence, detail, href, command, at }: Need, nowMs: number): Html {
  return html`<li>
    <p>
      ${badge(tone, word)} ${href === undefined ? sentence : html`<a href="${href}">${sentence}</a>`}
      ${at === undefined ? "" : html`<span class="muted">${ago(at, nowMs)}</span>`}
      ${command === undefined ? "" : asCommand(command)}
    </p>
    ${detail === undefined ? "" : html`<p class="clamp">${detail}</p>`}
  </li>`;
}

const MOST_CHANGES = 8;

/** @param past Answers that are all there, or the box says that it does not know. */
export function changed(
  runs: Parameters<typeof changesOf>[0]["runs"] | undefined,
  versions: Answer<readonly VersionView[]>,
  deployments: Answer<DeploymentList>,
  firings: Answer<RuleFirings>,
  nowMs: number,
): Html {
  const unread = [
    ...(runs === undefined ? ["runs"] : []),
    ...(versions.kind === "failed" ? ["versions"] : []),
    ...(deployments.kind === "failed" ? ["roll-outs"] : []),
    ...(firings.kind === "failed" ? ["rules"] : []),
  ];
  const changes = changesOf({
    runs: runs ?? [],
    versions: valueOf(versions) ?? [],
    deployments: valueOf(deployments)?.deployments ?? [],
    firings: valueOf(firings)?.firings ?? [],
  }).slice(0, MOST_CHANGES);
  const blind = notRead(unread);
  if (changes.length === 0) {
    return unread.length > 0
      ? blind || html``
      : empty("", "What runs, versions, roll-outs and rules do will be told here.");
  }
  return html`<ul class="lines">
      ${changes.map(({ href, sentence, at }) => html`<li><a href="${href}">${sentence}</a> <span class="muted">${ago(at, nowMs)}</span></li>`)}
    </ul>
    ${blind}`;
}
