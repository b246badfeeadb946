import { html } from "hono/html";
import { formatCount } from "../format.ts";
import { badge, type Html } from "../html.ts";
import { colorOfVersion } from "../rollout_state.ts";

/** A version that is served. */
export interface ServedVersion {
  readonly version: number;
  /** Of the model's traffic. */
  readonly percent: number;
  readonly replicas: readonly { readonly state: "starting" | "ready" | "lost" }[];
  readonly requestsPerMinute: number;
  readonly timeToFirstTokenP95Ms: number | null;
}

/** Narrower parts have their words in the list below alone. */
const LEAST_NAMED = 18;

/** Who gets how many per cent of a model's traffic: one bar, and below it what each version does with its part. */
export function trafficBar(versions: readonly ServedVersion[]): Html {
  const parts = versions.filter(({ percent }) => percent > 0);
  const starts = parts.map((_, index) => parts.slice(0, index).reduce((sum, { percent }) => sum + percent, 0));
  return html`<svg class="traffic" role="img" aria-label="${inOneSentence(parts)}">
      ${parts.map(({ version, percent }, index) => segment(version, percent, starts[index] ?? 0))}
    </svg>
    <ul class="served traffic-parts">
      ${versions.map(row)}
    </ul>`;
}

function segment(version: number, percent: number, start: number): Html {
  const named =
    percent < LEAST_NAMED
      ? ""
      : html`<text x="${start + percent / 2}%" y="25" text-anchor="middle">v${version} ${percent} %</text>`;
  return html`<g class="series-${colorOfVersion(version)}">
    <rect x="${start}%" width="${percent}%" height="40" />
    ${named}
  </g>`;
}

function inOneSentence(parts: readonly ServedVersion[]): string {
  if (parts.length === 0) return "No version has traffic";
  return parts.map(({ version, percent }) => `v${version} has ${percent} % of the traffic`).join(", ");
}

function row({ version, percent, replicas, requestsPerMinute, timeToFirstTokenP95Ms }: ServedVersion): Html {
  const ready = replicas.filter(({ state }) => state === "ready").length;
  return html`<li>
    <p>
      <span class="swatch series-${colorOfVersion(version)}"></span><b>v${version}</b>
      ${percent === 0 ? html`<span class="muted">no traffic now</span>` : html`${percent} % of the traffic`}
    </p>
    <dl class="figures">
      <div>
        <dt>Requests a minute</dt>
        <dd>${formatCount(requestsPerMinute)}</dd>
      </div>
      <div>
        <dt>First token, p95</dt>
        <dd>${timeToFirstTokenP95Ms === null ? "none yet" : `${formatCount(timeToFirstTokenP95Ms)} ms`}</dd>
      </div>
      <div>
        <dt>Replicas ready</dt>
        <dd>${badge(ready === replicas.length && ready > 0 ? "ok" : "warn", `${ready} of ${replicas.length}`)}</dd>
      </div>
    </dl>
  </li>`;
}
