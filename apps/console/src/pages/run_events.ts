/** The log of a run as a chain of causes. */
import { CATALOGUE, type CloudEvent } from "@millrace/contracts";
import { html } from "hono/html";
import { causalChain, type ChainEntry } from "../causal_chain.ts";
import { counted, formatDuration, inWords } from "../format.ts";
import { card, copyable, empty, exportLinks, type Html } from "../html.ts";

/** @param startMs When the run started: times are told from there. */
export function eventsTab(runId: string, events: readonly CloudEvent[], startMs: number): Html {
  if (events.length === 0)
    return empty("", "No events yet. What each service asked for and reported will stand here, by cause.");
  const chain = causalChain(events);
  return card(
    "chain",
    `${counted(events.length, "event")}, each below what caused it`,
    html`<ol class="chain">
      ${chain.map((entry) => line(entry, startMs))}
    </ol>`,
    exportLinks(`/runs/${runId}/events`),
  );
}

function line({ event, depth, folded }: ChainEntry, startMs: number): Html {
  const definition = CATALOGUE.get(event.type);
  const name = event.type.replace(/^millrace\./, "").replace(/\.v\d+$/, "");
  const seconds = Math.max(0, (Date.parse(event.time) - startMs) / 1000);
  return html`<li class="depth-${Math.min(depth, 12)} kind-${definition?.kind ?? "unknown"}">
    <details>
      <summary>
        <span class="at" title="${event.time}">+${formatDuration(seconds)}</span>
        <b>${inWords(name)}</b>
        <span class="muted"
          >${event.source.replace("/millrace/", "")}${folded > 0 ? `, and ${folded} more of these` : ""}</span
        >
      </summary>
      <dl class="pairs">
        <dt>Type</dt>
        <dd><code>${event.type}</code></dd>
        <dt>Id</dt>
        <dd>${copyable(event.id)}</dd>
        <dt>Cause</dt>
        <dd><code>${event.causationid}</code></dd>
      </dl>
      <pre>${JSON.stringify(event.data, null, 2)}</pre>
    </details>
  </li>`;
}
