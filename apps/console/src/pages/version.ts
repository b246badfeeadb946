/** A version's card: what it is in plain words, how good, what it was made of, and whether it is served. */
import type {
  ApprovalList,
  DeploymentView,
  FeedbackList,
  Lineage,
  ModelFolder,
  RouteList,
  VersionView,
} from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { bitsChart } from "../charts/bits.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { lineageChart } from "../charts/lineage.ts";
import { counted, formatBytes, formatShare, inWords, shortHash } from "../format.ts";
import {
  ago,
  asCommand,
  badge,
  card,
  command,
  empty,
  exportLinks,
  failing,
  hashTag,
  type Html,
  type Tone,
} from "../html.ts";
import { toneOfDeployment } from "../rollout_state.ts";
import { versionAddress } from "../version_address.ts";
import { filesOf } from "../version_files.ts";
import { goodFor, type Known, licencesOf, madeFrom, notGoodFor, sizeOf } from "../version_words.ts";
import { gatesCard } from "./deployment_canary.ts";
import { evaluationCards, tokenWords } from "./version_evaluation.ts";
import { scrollingTable } from "../table.ts";

export interface VersionData {
  readonly version: VersionView;
  readonly known: Known;
  /** What the recipe says of it. */
  readonly description: string | undefined;
  /** The version that has the traffic, or had it last; undefined when this is it, or there is none. */
  readonly champion: VersionView | undefined;
  readonly deployment: Answer<DeploymentView>;
  readonly routes: Answer<RouteList>;
  readonly lineage: Answer<Lineage>;
  readonly folder: ModelFolder | undefined;
  readonly feedback: Answer<FeedbackList>;
  readonly approvals: Answer<ApprovalList>;
  readonly mayOperate: boolean;
  readonly nowMs: number;
  readonly traceId: string;
}

export const VERSION_TONES: Readonly<Record<VersionView["state"], Tone>> = {
  registered: "idle",
  packaged: "idle",
  deployed: "ok",
  rolled_back: "failed",
};

export function versionPage(data: VersionData): Html {
  const { version, description, nowMs } = data;
  const { model, version: number, aliases, state, runId, createdAt, evaluation, exact, checkpoint } = version;
  const deployment = valueOf(data.deployment);
  const address = versionAddress(model, number);
  return html`<section class="lead" id="lead" data-live>
      <header>
        <h1>${model} v${number}</h1>
        ${deployment === undefined ? badge(VERSION_TONES[state], inWords(state)) : badge(toneOfDeployment(deployment), inWords(deployment.state))}
        ${aliases.map((alias) => html`<span class="chip">${alias}</span> `)}
        <span class="muted"
          >registered ${ago(createdAt, nowMs)} by <a href="/runs/${runId}"><code>${runId}</code></a></span
        >
        ${asCommand(`npx millrace trace ${model}@${number}`)}
      </header>
      <p class="verdict">
        ${sentenceOf(evaluation.verdict)}${exact ? html` Made exactly: <a href="/runs/${runId}/training">${shortHash(checkpoint.sha256)}</a> can be made again byte for byte.` : ""}
      </p>
      ${description === undefined ? "" : html`<p class="muted">${description}</p>`} ${awaited(data)}
    </section>
    <div class="actions" id="actions" data-live>${actions(data)}</div>
    <div class="columns two">${words(data)} ${scores(data)}</div>
    <div class="columns two">
      ${gatesCard({ gates: deployment?.gates ?? version.gates, state: deployment?.state ?? "ready" })} ${feedback(data)}
    </div>
    ${evaluationCards(evaluation)}
    ${card("lineage", "Made of, and made into", lineage(data), exportLinks(`${address}/lineage`))}
    ${card("files", "Files", files(data), exportLinks(`${address}/files`))}`;
}

function sentenceOf(verdict: string): string {
  return `${verdict[0]?.toUpperCase() ?? ""}${verdict.slice(1)}.`;
}

function awaited({ approvals, version }: VersionData): Html | "" {
  const pending = valueOf(approvals)?.approvals.find(
    (one) => one.version === version.version && one.state === "pending",
  );
  if (pending === undefined) return "";
  return html`<p class="why" role="status">
    ${badge("warn", "Waits for approval")} ${pending.requestedBy} asked to move “${pending.alias}” to it; somebody else
    must agree. <a href="/deployments?${new URLSearchParams({ model: version.model })}">See its deployment</a>
  </p>`;
}

/** States in which the deployer starts the roll-out of a version that is packaged. */
const STARTABLE: readonly DeploymentView["state"][] = ["ready", "superseded", "rolled_back", "failed", "cancelled"];

function actions({ version: { model, version, package: packed }, deployment, routes, mayOperate }: VersionData): Html {
  const named = `${model}@${version}`;
  const isLoaded = valueOf(routes)?.routes.some((route) => route.model === model && route.version === version) ?? false;
  const tried = isLoaded ? html`<a class="button" href="/playground?left=${encodeURIComponent(named)}">Try it</a>` : "";
  const found = valueOf(deployment);
  if (deployment.kind === "failed")
    return html`${tried} <span class="muted">Whether it can be deployed is not known now</span>`;
  if (found === undefined) {
    return html`${tried}
      <span class="muted"
        >${packed === null ? "Not packaged yet: its run deploys it when it comes to that" : "Never deployed here"}</span
      >`;
  }
  const follow = html`<a class="button" href="/deployments?${new URLSearchParams({ model })}">See its deployment</a>`;
  if (!mayOperate) return html`${tried} ${follow} <span class="muted">Viewers cannot deploy</span>`;
  if (found.state === "ready") {
    return html`<form method="post" action="/deployments/${model}/${version}/start">
        <button class="primary">Deploy</button>
      </form>
      ${asCommand(`npx millrace rollout start ${named}`)} ${tried}`;
  }
  if (STARTABLE.includes(found.state) && packed !== null) {
    // It takes traffic from another version: the next page states the effect first.
    return html`<a class="button primary" href="/deployments/${model}/${version}/start">Deploy</a>
      ${asCommand(`npx millrace rollout start ${named}`)} ${tried} ${follow}`;
  }
  return html`${tried} ${follow}`;
}

function words({ version, known }: VersionData): Html {
  return card(
    "words",
    "In plain words",
    html`<dl class="words">
      <dt>Made from</dt>
      <dd>${madeFrom(known, version.base)} <a href="/corpus?run=${version.runId}">See the corpus</a></dd>
      <dt>Licence</dt>
      <dd>${licencesOf(known, version.base)}</dd>
      <dt>Size</dt>
      <dd>${sizeOf(version, known)}</dd>
      <dt>Good for</dt>
      <dd>${lines(goodFor(version, known))}</dd>
      <dt>Not good for</dt>
      <dd>${lines(notGoodFor(version, known))}</dd>
    </dl>`,
  );
}

function lines(all: readonly string[]): Html {
  return html`<ul class="plain">
    ${all.map((line) => html`<li>${line}</li>`)}
  </ul>`;
}

function scores({ version, champion }: VersionData): Html {
  const { evaluation, corpusHash, runId, aliases } = version;
  const { model: bits } = evaluation.bitsPerByte;
  const isComparable = champion !== undefined && champion.corpusHash === corpusHash;
  const other = isComparable ? champion.evaluation.bitsPerByte.model : undefined;
  const beside = other === undefined ? [] : [{ name: `v${champion?.version}, champion`, bits: other }];
  const title = other === undefined ? sentenceOf(evaluation.verdict).slice(0, -1) : comparison(bits, other, champion);
  const alone = aliases.includes("live")
    ? "It is the live version, so there is none to compare it with."
    : "No version is live, so there is no champion.";
  const note =
    champion === undefined
      ? alone
      : isComparable
        ? ""
        : `v${champion.version}, the champion, was measured on another corpus: the two figures do not compare.`;
  return card(
    "scores",
    title,
    html`${bitsChart(evaluation.bitsPerByte, beside)}
      <p class="note muted">
        ${note} Measured on ${counted(evaluation.documents, "held-out document")}, ${formatBytes(evaluation.bytes)}.
        ${tokenWords(evaluation)}
      </p>`,
    html`<a href="/runs/${runId}/bits.csv" download>CSV</a>`,
  );
}

function comparison(bits: number, other: number, champion: VersionView | undefined): string {
  const name = `v${champion?.version}, the champion`;
  if (bits === other) return `As good as ${name}`;
  return `${formatShare(Math.abs(other - bits), other)} ${bits < other ? "better" : "worse"} than ${name}`;
}

function feedback({ feedback: answer, version, nowMs, traceId }: VersionData): Html {
  if (answer.kind === "failed") {
    return card(
      "feedback",
      "Feedback",
      failing(answer.failure, "Reload the page; if it stays, look at the log of monitor.", traceId),
    );
  }
  const found = valueOf(answer);
  const own = found?.versions.find((one) => one.version === version.version);
  if (own === undefined) {
    const how = html`Send it with ${command("POST /api/monitor/feedback")}`;
    return card(
      "feedback",
      "Feedback",
      empty(ghostBars(), "Nobody has rated its answers yet. Ratings and comments will stand here.", how),
    );
  }
  const comments = (found?.comments ?? []).filter((one) => one.version === version.version).slice(0, 3);
  return card(
    "feedback",
    `${formatShare(own.up, own.up + own.down)} of ${counted(own.up + own.down, "rating")} say good`,
    html`<p>${badge("ok", `${own.up} good`)} ${badge(own.down === 0 ? "idle" : "failed", `${own.down} bad`)}</p>
      <ul class="lines">
        ${comments.map(
          ({ rating, comment, at }) =>
            html`<li>
              <p class="muted">${rating > 0 ? "good" : "bad"}, ${ago(at, nowMs)}</p>
              <p>${comment}</p>
            </li>`,
        )}
      </ul>`,
  );
}

function lineage({ lineage: answer, version, traceId }: VersionData): Html {
  if (answer.kind === "failed")
    return failing(answer.failure, "Reload the page; if it stays, look at the log of registry.", traceId);
  const found = valueOf(answer);
  if (found === undefined || found.nodes.length === 0)
    return empty(ghostBars(), "Nothing is recorded of what it was made of.");
  return lineageChart(found, `${version.model}@${version.version}`, version.runId);
}

function files({ version, folder }: VersionData): Html {
  const address = versionAddress(version.model, version.version);
  return html`${scrollingTable(
      { named: { by: "files-title" } },
      ["File", "What it is", { number: "Size" }, "SHA-256"],
      filesOf(version, folder).map(
        ({ name, path, about, sha256, sizeBytes }) =>
          html`<tr>
            <th scope="row">
              ${path === undefined ? html`<code>${name}</code>` : html`<a href="${address}/files/${path}" download><code>${name}</code></a>`}
            </th>
            <td class="muted">${about}</td>
            <td class="number">${formatBytes(sizeBytes)}</td>
            <td>${hashTag(sha256)}</td>
          </tr>`,
      ),
    )}
    ${folder === undefined ? "" : html`<p class="note muted">All of the export, checked: ${command(`npx millrace export ${version.model}@${version.version} <folder>`)}</p>`}
    <p class="note muted">
      Each of the others is given, checked, by ${command("GET /api/registry/artifacts/<sha256>")}
    </p>`;
}
