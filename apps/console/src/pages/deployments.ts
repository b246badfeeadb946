/** Who gets the traffic, where a version stands on its way to it, and what can be done about that. */
import type { DeploymentList, DeploymentView, RouteList } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostRace } from "../charts/ghosts.ts";
import { stations } from "../charts/stations.ts";
import { trafficBar } from "../charts/traffic_bar.ts";
import { inWords } from "../format.ts";
import { ago, asCommand, badge, card, command, empty, exportLinks, failing, type Html, liveCard } from "../html.ts";
import { currentDeployment, deploymentSentence, stationsOf, toneOfDeployment } from "../rollout_state.ts";
import { canaryCard, gatesCard, gatesFinding } from "./deployment_canary.ts";
import { deploymentActions, type Looker } from "./deployment_actions.ts";
import { versionAddress } from "../version_address.ts";
import { scrollingTable } from "../table.ts";

export interface DeploymentsData {
  /** The model that is looked at; undefined takes that of the newest deployment. */
  readonly model: string | undefined;
  readonly deployments: Answer<DeploymentList>;
  readonly routes: Answer<RouteList>;
  readonly looker: Looker;
  readonly nowMs: number;
  readonly traceId: string;
}

export function deploymentsPage(data: DeploymentsData): Html {
  const { deployments, traceId } = data;
  if (deployments.kind === "failed") {
    return html`<section class="lead">
        <h1>Deployments</h1>
        ${failing(deployments.failure, "Reload the page; if it stays, look at the log of deployer.", traceId)}
      </section>
      ${liveCard("traffic", "Traffic", traffic(data, data.model))}`;
  }
  const all = valueOf(deployments)?.deployments ?? [];
  const models = [...new Set(all.map(({ model }) => model))];
  const model = data.model ?? models[0];
  const ofModel = all.filter((one) => one.model === model);
  const current = currentDeployment(ofModel);
  if (model === undefined || current === undefined) {
    const sentence =
      data.model === undefined
        ? "No version was deployed yet. Who gets the traffic, and the way of each version to it, will stand here."
        : `No version of ${data.model} was deployed in this project.`;
    return html`<section class="lead" id="lead" data-live>
      <h1>Deployments</h1>
      ${empty(ghostRace(), sentence, html`Start with ${command("npx millrace run ./docs")}`)}
    </section>`;
  }
  return html`<section class="lead" id="lead" data-live>
      <header>
        <h1>${deploymentSentence(current)}</h1>
        ${badge(toneOfDeployment(current), inWords(current.state))}
        <span class="muted">${ago(current.steps.at(-1)?.at ?? current.updatedAt, data.nowMs)}</span>
        ${asCommand("npx millrace rollout list")}
      </header>
      ${models.length > 1 ? modelPicker(models, model) : ""} ${traffic(data, model)}
      ${current.error === null ? "" : html`<p class="why failed" role="status">${badge("failed", "Why")} ${endOf(current)}</p>`}
    </section>
    <div class="actions" id="actions" data-live>${deploymentActions(current, ofModel, data.looker)}</div>
    ${liveCard("stations", `The way of v${current.version}`, stations(stationsOf(current)), madeBy(current))}
    <div class="columns two">${canaryCard(current)} ${gatesCard(current)}</div>
    ${history(ofModel, model, data)}`;
}

function modelPicker(models: readonly string[], current: string): Html {
  return html`<nav class="choices" aria-label="Models">
    ${models.map(
      (model) =>
        html`<a
          href="/deployments?${new URLSearchParams({ model })}"
          ${model === current ? html`aria-current="true"` : ""}
          >${model}</a
        >`,
    )}
  </nav>`;
}

function traffic({ routes, traceId }: DeploymentsData, model: string | undefined): Html {
  if (routes.kind === "failed")
    return failing(routes.failure, "The endpoint may still answer; look at the log of inference.", traceId);
  const served = (valueOf(routes)?.routes ?? []).filter((route) => model === undefined || route.model === model);
  if (served.length === 0) return empty("", "No version is loaded now, so nobody answers.");
  return trafficBar(served.toSorted((left, right) => right.percent - left.percent || right.version - left.version));
}

function madeBy({ runId, model, version }: DeploymentView): Html {
  return html`<span class="corner"
    ><a href="${versionAddress(model, version)}">${model} v${version}</a>
    <a href="/runs/${runId}"><code>${runId}</code></a></span
  >`;
}

function history(deployments: readonly DeploymentView[], model: string, { nowMs, looker }: DeploymentsData): Html {
  const body = scrollingTable(
    { named: { by: "history-title" }, look: "history stacked" },
    ["Version", "State", "Gates", "Canary", "Began", { unseen: "Action" }],
    deployments.map((one) => historyRow(one, nowMs, looker.mayOperate)),
  );
  return card("history", "History, newest first", body, exportLinks("/deployments", { model }));
}

/** Why it ended: what was found about it, or, where nothing was, that somebody took it back. */
function endOf({ state, verdict, error }: DeploymentView): string {
  return state === "rolled_back" && verdict !== "unhealthy" ? `taken back: ${error}` : (error ?? "");
}

function historyRow(one: DeploymentView, nowMs: number, mayOperate: boolean): Html {
  const { model, version, gates, verdict, evidence, error, startedAt, state } = one;
  const canary = verdict ?? html`<span class="muted">${evidence === null ? "no canary" : "not judged"}</span>`;
  const why = error === null ? (evidence?.reason ?? "") : endOf(one);
  const mayReturn = mayOperate && ["superseded", "rolled_back", "cancelled"].includes(state);
  return html`<tr>
    <th scope="row"><a href="${versionAddress(model, version)}">v${version}</a></th>
    <td>${badge(toneOfDeployment(one), inWords(state))}</td>
    <td>${gatesFinding(gates)}</td>
    <td>${canary}${why === "" ? "" : html` <span class="muted">${why}</span>`}</td>
    <td>${ago(startedAt, nowMs)}</td>
    <td class="number">
      ${mayReturn ? html`<a class="button" href="/deployments/${model}/${version}/start">Bring back</a>` : ""}
    </td>
  </tr>`;
}
