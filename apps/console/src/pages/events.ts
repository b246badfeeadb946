/** What led to what in one run, then the same as a table, then what could not be handled. */
import type { CloudEvent, DeadLetterList, DeadLetterView, RunEvents, RunView } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { counted, formatCount, shortHash } from "../format.ts";
import {
  ago,
  asCommand,
  badge,
  card,
  command,
  copyable,
  empty,
  exportLinks,
  failing,
  type Html,
  liveCard,
} from "../html.ts";
import { eventsTab } from "./run_events.ts";
import { scrollingTable } from "../table.ts";

export interface EventsData {
  /** Newest first; undefined where they could not be read. */
  readonly runs: readonly RunView[] | undefined;
  /** The run that is looked at. */
  readonly run: RunView | undefined;
  readonly events: Answer<RunEvents>;
  readonly deadLetters: Answer<DeadLetterList>;
  readonly mayOperate: boolean;
  readonly nowMs: number;
  readonly traceId: string;
}

export function eventsPage(data: EventsData): Html {
  const { runs, run, events, traceId } = data;
  const found = valueOf(events)?.events ?? [];
  return html`<section class="lead">
      <header>
        <h1>${run === undefined ? "Events" : `What led to what in ${run.name}`}</h1>
        ${
          run === undefined
            ? ""
            : html`<span class="muted"
                >run <a href="/runs/${run.id}"><code>${run.id}</code></a></span
              >`
        }
      </header>
      ${picker(runs ?? [], run)}
    </section>
    ${events.kind === "failed" ? card("chain", "Events", failing(events.failure, "Reload the page; if it stays, look at the log of automation.", traceId)) : chain(run, found)}
    ${found.length === 0 ? "" : table(found)} ${deadLetters(data)}`;
}

function picker(runs: readonly RunView[], current: RunView | undefined): Html | "" {
  if (runs.length < 2) return "";
  return html`<form class="pick" method="get" action="/events">
    <label for="run">Run</label>
    <select id="run" name="run">
      ${runs.map(({ id, name, state }) => html`<option value="${id}" ${id === current?.id ? html`selected` : ""}>${name}, ${id}, ${state}</option>`)}
    </select>
    <button>Show</button>
  </form>`;
}

function chain(run: RunView | undefined, events: readonly CloudEvent[]): Html {
  if (run !== undefined) return eventsTab(run.id, events, Date.parse(run.createdAt));
  const how = html`Start with ${command("npx millrace run ./docs")}`;
  return card(
    "chain",
    "No events yet",
    empty(ghostBars(), "Each event of a run will stand here, below what caused it.", how),
  );
}

/** More rows than anyone reads; the file has them all. */
const MOST_ROWS = 100;

function table(events: readonly CloudEvent[]): Html {
  const shown = events.slice(0, MOST_ROWS);
  return card(
    "table",
    "The same in order of time",
    html`<details>
      <summary>View as table</summary>
      ${scrollingTable(
        { named: { as: "Events in order of time" } },
        ["Time (UTC)", "Type", "From", "Id", "Cause"],
        shown.map(
          ({ time, type, source, id, causationid }) =>
            html`<tr>
              <td>${time.slice(0, 19).replace("T", " ")}</td>
              <td><code>${type}</code></td>
              <td>${source.replace("/millrace/", "")}</td>
              <td>${copyable(id, shortHash(id))}</td>
              <td>
                ${causationid === id ? html`<span class="muted">begins</span>` : copyable(causationid, shortHash(causationid))}
              </td>
            </tr>`,
        ),
      )}
      ${events.length > shown.length ? html`<p class="muted">The first ${formatCount(shown.length)} of ${formatCount(events.length)}; the CSV above has all.</p>` : ""}
    </details>`,
  );
}

function deadLetters({ deadLetters: answer, mayOperate, nowMs, traceId }: EventsData): Html {
  if (answer.kind === "failed")
    return card(
      "dead-letters",
      "Dead letters",
      failing(answer.failure, "Reload the page; if it stays, look at the log of automation.", traceId),
    );
  const { deadLetters: letters = [], next = null } = valueOf(answer) ?? {};
  if (letters.length === 0) {
    const sentence =
      "No event was given up. What a service cannot handle after several attempts will stand here, with its error.";
    return liveCard(
      "dead-letters",
      "No dead letters",
      html`<p>${badge("ok", "Every event was handled")}</p>
        <p class="muted">${sentence}</p>`,
    );
  }
  const groups = [...Map.groupBy(letters, ({ consumer, type }) => `${consumer} ${type}`).values()];
  return liveCard(
    "dead-letters",
    `${next === null ? "" : "More than "}${counted(letters.length, "event")} could not be handled`,
    html`<ul class="lines dead">
      ${groups.map((group) => groupOf(group, mayOperate, nowMs))}
    </ul>`,
    html`<span class="corner"
      >${asCommand("npx millrace dead-letters list")} ${exportLinks("/events/dead-letters")}</span
    >`,
  );
}

function groupOf(group: readonly DeadLetterView[], mayOperate: boolean, nowMs: number): Html {
  const [first] = group;
  if (first === undefined) return html``;
  const { consumer, type } = first;
  const all =
    group.length > 1 && mayOperate
      ? html`<form method="post" action="/events/requeue">
          <input type="hidden" name="consumer" value="${consumer}" /><input type="hidden" name="type" value="${type}" />
          <button>Requeue all ${formatCount(group.length)} alike</button>
          ${asCommand(`npx millrace dead-letters requeue --all --consumer ${consumer} --type ${type}`)}
        </form>`
      : "";
  return html`<li>
    <div class="above"><b>${type}</b><span class="muted">given up by ${consumer}</span>${all}</div>
    <ul>
      ${group.map((letter) => row(letter, mayOperate, nowMs))}
    </ul>
  </li>`;
}

function row(
  { sequence, eventId, error, attempts, requeues, parkedAt, payload, payloadLength }: DeadLetterView,
  mayOperate: boolean,
  nowMs: number,
): Html {
  return html`<li>
    <p>${badge("failed", error.name)} ${error.message}</p>
    <p class="muted">
      ${ago(parkedAt, nowMs)}, after
      ${counted(attempts, "attempt")}${requeues === 0 ? "" : `, requeued ${counted(requeues, "time")} before`}; event
      ${copyable(eventId, shortHash(eventId))}
    </p>
    <details>
      <summary>Payload, ${formatCount(payloadLength)} characters</summary>
      <pre>${payload}${payloadLength > payload.length ? "\n…" : ""}</pre>
    </details>
    ${
      mayOperate
        ? html`<form method="post" action="/events/requeue">
            <input type="hidden" name="sequence" value="${sequence}" />
            <button>Requeue<span class="hidden"> event ${eventId}</span></button>
            ${asCommand(`npx millrace dead-letters requeue ${sequence}`)}
          </form>`
        : ""
    }
  </li>`;
}
