/** The life of a document: source -> shard -> tokens -> runs -> versions -> deployments. */
import type { DeploymentList, DocumentPlace, RunView, TokenPlaces, VersionView } from "@millrace/contracts";
import { html } from "hono/html";
import { corpusAddress } from "../corpus_address.ts";
import { counted, formatCount, inWords } from "../format.ts";
import { ago, badge, command, hashTag, type Html } from "../html.ts";
import { toneOfDeployment } from "../rollout_state.ts";
import { headlineOf } from "../run_state.ts";
import { versionAddress } from "../version_address.ts";

type Deployment = DeploymentList["deployments"][number];

/** What is undefined could not be read. */
export interface Life {
  readonly id: string;
  readonly source: string;
  readonly licence: string | undefined;
  readonly places: readonly DocumentPlace[];
  readonly tokens: TokenPlaces | undefined;
  readonly runs: readonly RunView[] | undefined;
  readonly versions: readonly VersionView[] | undefined;
  readonly deployments: readonly Deployment[] | undefined;
  readonly nowMs: number;
}

/** Entries of a station; the rest is counted. */
const MOST = 3;

/** Six stations in their order. Each entry leads to where it can be looked at. */
export function lifeOf(life: Life): Html {
  const ids = new Set(life.places.map(({ runId }) => runId));
  const runs = life.runs && [...ids].map((id) => life.runs?.find((run) => run.id === id) ?? { id });
  const deployments = life.deployments?.filter(({ model, version }) =>
    life.versions?.some((one) => one.model === model && one.version === version),
  );
  return html`<ol class="life">
      <li>
        <b>Source</b>
        <ul>
          <li>
            <code>${life.source}</code>
            <span class="muted">licence ${life.licence ?? "not recorded"}</span>
          </li>
        </ul>
      </li>
      ${station("Shard", life.places, "in no finished corpus", shard)}
      ${station("Tokens", life.tokens?.places, "not tokenized", tokenRange)}
      ${station("Runs", runs, "no run", (run) => runEntry(run, life.deployments ?? [], life.nowMs))}
      ${station("Versions", life.versions, "no version was trained on it", versionEntry)}
      ${station("Deployments", deployments, "not deployed", (one) => deploymentEntry(one, life.nowMs))}
    </ol>
    <p class="trace"><span class="muted">Trace</span> ${command(`npx millrace trace ${life.id}`)}</p>`;
}

function station<Entry>(
  name: string,
  entries: readonly Entry[] | undefined,
  none: string,
  show: (entry: Entry) => Html,
): Html {
  const rest = (entries?.length ?? 0) - MOST;
  return html`<li class="${entries?.length === 0 ? "not-yet" : ""}">
    <b>${name}</b>
    ${
      entries === undefined
        ? html`<span>${badge("warn", "not known")} <span class="muted">the service does not answer</span></span>`
        : entries.length === 0
          ? html`<span class="muted">${none}</span>`
          : html`<ul>
              ${entries.slice(0, MOST).map((entry) => html`<li>${show(entry)}</li>`)}
              ${rest > 0 ? html`<li class="muted">and ${formatCount(rest)} more</li>` : ""}
            </ul>`
    }
  </li>`;
}

function shard({ runId, corpusHash, shard: number, from, to }: DocumentPlace): Html {
  return html`<a href="${corpusAddress({ run: runId }, "waterfall")}">shard ${number}</a> of ${hashTag(corpusHash)}
    <span class="muted">bytes ${formatCount(from)} to ${formatCount(to)}</span>`;
}

function tokenRange({ split, shard: number, from, to }: TokenPlaces["places"][number]): Html {
  return html`${counted(to - from, "token")}
    <span class="muted">${formatCount(from)} to ${formatCount(to)} of ${split} shard ${number}</span>`;
}

/** @param run With its id alone where it is older than those that were asked for. */
function runEntry(run: RunView | Pick<RunView, "id">, deployments: readonly Deployment[], nowMs: number): Html {
  const id = html`<a href="/runs/${run.id}"><code>${run.id}</code></a>`;
  if (!("state" in run)) return id;
  const { tone, state } = headlineOf(run, deployments);
  return html`${id} <span>${badge(tone, state)} <span class="muted">${ago(run.createdAt, nowMs)}</span></span>`;
}

function versionEntry({ model, version, aliases }: VersionView): Html {
  return html`<a href="${versionAddress(model, version)}">${model} v${version}</a>
    ${aliases.length === 0 ? "" : html`<span class="muted">${aliases.join(", ")}</span>`}`;
}

function deploymentEntry({ model, version, state, percent, updatedAt }: Deployment, nowMs: number): Html {
  return html`${model} v${version}
    <span
      >${badge(toneOfDeployment({ state }), state === "live" ? `live, ${percent} % of traffic` : inWords(state))}
      <span class="muted">${ago(updatedAt, nowMs)}</span></span
    >`;
}
