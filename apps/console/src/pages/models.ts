/** Every version: how good it is, where it stands, what it was made by. */
import type { VersionView } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { counted, formatCount, inWords } from "../format.ts";
import { ago, asCommand, badge, command, empty, exportLinks, failing, hashTag, type Html, liveCard } from "../html.ts";
import { versionAddress } from "../version_address.ts";
import { VERSION_TONES } from "./version.ts";
import { scrollingTable } from "../table.ts";

export function modelsPage(answer: Answer<readonly VersionView[]>, nowMs: number, traceId: string): Html {
  if (answer.kind === "failed") {
    return html`<h1>Versions</h1>
      ${failing(answer.failure, "Reload the page; if it stays, look at the log of registry.", traceId)}`;
  }
  const versions = valueOf(answer) ?? [];
  if (versions.length === 0) {
    const how = html`Start with ${command("npx millrace run ./docs")}`;
    return html`<h1>Versions</h1>
      ${liveCard("versions", "None yet", empty(ghostBars(), "A run that ends well registers its model here.", how))}`;
  }
  return html`<h1>${titleOf(versions)}</h1>
    ${liveCard("versions", "Newest first", table(versions, nowMs), exportLinks("/models"))}`;
}

/** `6 versions of 5 models, 5 are deployed`. */
function titleOf(versions: readonly VersionView[]): string {
  const models = new Set(versions.map(({ model }) => model)).size;
  const deployed = versions.filter(({ state }) => state === "deployed");
  const [one] = deployed;
  const end =
    one === undefined
      ? "none is deployed"
      : deployed.length === 1
        ? `${one.model} v${one.version} is deployed`
        : `${formatCount(deployed.length)} are deployed`;
  return `${counted(versions.length, "version")} of ${counted(models, "model")}, ${end}`;
}

function table(versions: readonly VersionView[], nowMs: number): Html {
  return scrollingTable(
    { named: { by: "versions-title" }, look: "versions" },
    ["Version", "State", "Bits per byte", "Made by", "Checkpoint", "Registered", { unseen: "Command" }],
    versions.map((version) => row(version, nowMs)),
  );
}

function row(
  { model, version, state, aliases, evaluation, runId, checkpoint, createdAt }: VersionView,
  nowMs: number,
): Html {
  return html`<tr>
    <th scope="row">
      <a href="${versionAddress(model, version)}">${model} v${version}</a>
      ${aliases.map((alias) => html`<span class="chip">${alias}</span> `)}
    </th>
    <td>${badge(VERSION_TONES[state], inWords(state))}</td>
    <td>${evaluation.bitsPerByte.model.toFixed(2)} <span class="muted">${evaluation.verdict}</span></td>
    <td>
      <a href="/runs/${runId}"><code>${runId}</code></a>
    </td>
    <td>${hashTag(checkpoint.sha256)}</td>
    <td>${ago(createdAt, nowMs)}</td>
    <td class="number">${asCommand(`npx millrace trace ${model}@${version}`)}</td>
  </tr>`;
}
