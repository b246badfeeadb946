/** What is wrong, and who looks after it; what was wrong before. */
import type { AlertList, AlertView } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { counted, formatDuration } from "../format.ts";
import { ago, badge, card, empty, exportLinks, failing, type Html } from "../html.ts";
import { monitorAddress, type MonitorView } from "../monitor_address.ts";

export function openAlerts(
  answer: Answer<AlertList>,
  view: MonitorView,
  mayOperate: boolean,
  nowMs: number,
  traceId: string,
): Html {
  if (answer.kind === "failed")
    return failing(answer.failure, "Reload the page; if it stays, look at the log of monitor.", traceId);
  const open = (valueOf(answer)?.alerts ?? []).filter(({ resolvedAt }) => resolvedAt === null);
  if (open.length === 0) {
    return html`<p>${badge("ok", "No alert is open")}</p>
      <p class="muted">
        A version's first tokens, errors and prompts are held against what is usual for it, once a minute.
      </p>`;
  }
  return html`<ul class="lines alerts">
    ${open.map((alert) => row(alert, view, mayOperate, nowMs))}
  </ul>`;
}

function row(alert: AlertView, view: MonitorView, mayOperate: boolean, nowMs: number): Html {
  const { alertId, severity, title, kind, model, version, raisedAt, evidence } = alert;
  return html`<li id="alert-${alertId}">
    <div>
      <p>${badge(severity === "critical" ? "failed" : "warn", severity)} <b>${title}</b></p>
      <p class="muted">
        raised ${ago(raisedAt, nowMs)}, by
        ${evidence["prompts"] === undefined ? counted(evidence["requests"] ?? 0, "request") : counted(evidence["prompts"], "prompt")}.
        ${
          kind === "drift"
            ? html`<a href="${monitorAddress({ ...view, model, version })}#drift">See both distributions</a>`
            : html`<a href="${monitorAddress({ ...view, model })}#${kind === "errors" ? "errors" : "first-token"}"
                >See the chart</a
              >`
        }
      </p>
    </div>
    ${acknowledged(alert, view, mayOperate, nowMs)}
  </li>`;
}

function acknowledged(
  { alertId, acknowledgedAt, acknowledgedBy, title }: AlertView,
  view: MonitorView,
  mayOperate: boolean,
  nowMs: number,
): Html {
  if (acknowledgedAt !== null)
    return html`<p class="muted">${acknowledgedBy} looks after it, since ${ago(acknowledgedAt, nowMs)}</p>`;
  if (!mayOperate) return html`<p class="muted">Nobody looks after it yet</p>`;
  return html`<form method="post" action="${monitorAddress(view, `/monitor/alerts/${alertId}/acknowledge`)}">
    <button>Acknowledge<span class="hidden">: ${title}</span></button>
  </form>`;
}

export function closedAlerts(answer: Answer<AlertList>, nowMs: number): Html {
  const closed = (valueOf(answer)?.alerts ?? []).filter(({ resolvedAt }) => resolvedAt !== null);
  if (closed.length === 0)
    return card(
      "closed",
      "Alerts of before",
      empty("", "No alert was raised and closed yet."),
      exportLinks("/monitor/alerts"),
    );
  return card(
    "closed",
    `${counted(closed.length, "alert")} of before`,
    html`<ul class="lines">
      ${closed.slice(0, MOST_CLOSED).map(
        ({ title, raisedAt, resolvedAt, acknowledgedBy }) =>
          html`<li>
            <p>${title}</p>
            <p class="muted">
              ${ago(raisedAt, nowMs)}, for
              ${formatDuration((Date.parse(resolvedAt ?? raisedAt) - Date.parse(raisedAt)) / 1000)}${acknowledgedBy === null ? "" : `; ${acknowledgedBy} looked after it`}
            </p>
          </li>`,
      )}
    </ul>`,
    exportLinks("/monitor/alerts"),
  );
}

/** The file has all. */
const MOST_CLOSED = 6;
