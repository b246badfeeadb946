/** What can be done with a deployment: one primary action, and dangerous ones behind a page that states their effect. */
import type { DeploymentView } from "@millrace/contracts";
import { html } from "hono/html";
import { asCommand, type Html } from "../html.ts";

/** Who looks at a deployment. */
export interface Looker {
  readonly name: string;
  readonly mayOperate: boolean;
  readonly mayApprove: boolean;
}

/** @param ofModel All deployments of the model, newest first. */
export function deploymentActions(
  deployment: DeploymentView,
  ofModel: readonly DeploymentView[],
  looker: Looker,
): Html {
  if (!looker.mayOperate) return html`<span class="muted">Viewers cannot change deployments</span>`;
  const { model, version, state, verdict } = deployment;
  const path = `/deployments/${model}/${version}`;
  const named = `${model}@${version}`;
  const back = html`<a class="button danger" href="${path}/abort">Roll back</a>`;
  const promote =
    verdict === "healthy"
      ? html`${act(path, "promote", "Promote", "primary")} ${asCommand(`npx millrace rollout promote ${named}`)}`
      : html`<a class="button" href="${path}/promote">Promote</a>`;
  if (state === "ready") {
    return html`${act(path, "start", "Start roll-out", "primary")} ${asCommand(`npx millrace rollout start ${named}`)}
    ${back}`;
  }
  if (state === "canary") {
    return html`${promote} ${act(path, "pause", "Pause")} ${asCommand(`npx millrace rollout pause ${named}`)} ${back}`;
  }
  if (state === "paused") {
    return html`${act(path, "resume", "Resume", "primary")} ${asCommand(`npx millrace rollout resume ${named}`)}
    ${promote} ${back}`;
  }
  if (state === "awaiting_approval") {
    return html`${approval(deployment, looker)} ${back}`;
  }
  const before = previousOf(deployment, ofModel);
  if (state !== "live" || before === undefined) return html``;
  return html`<a class="button danger" href="/deployments/${model}/${before.version}/start"
    >Roll back to v${before.version}</a
  >`;
}

/** Nobody is offered what the registry refuses: whoever has asked does not approve. */
function approval({ model, version, requestedBy }: DeploymentView, { name, mayApprove }: Looker): Html {
  if (requestedBy === name) return html`<span class="muted">You asked for it: somebody else must approve</span>`;
  if (!mayApprove) return html`<span class="muted">An approver must approve it</span>`;
  return html`<form method="post" action="/approvals/${model}/${version}">
      <button class="primary">Approve</button>
    </form>
    ${asCommand(`npx millrace rollout approve ${model}@${version}`)}`;
}

/** The version that was live before, if it may come back. */
function previousOf({ version }: DeploymentView, ofModel: readonly DeploymentView[]): DeploymentView | undefined {
  return ofModel
    .filter((one) => one.state === "superseded" && one.version !== version)
    .toSorted((left, right) => Date.parse(right.updatedAt) - Date.parse(left.updatedAt))[0];
}

/** Pressing twice is pressing once: the state it was pressed in is its key. */
function act(path: string, action: string, verb: string, look = ""): Html {
  return html`<form method="post" action="${path}/${action}"><button class="${look}">${verb}</button></form>`;
}
