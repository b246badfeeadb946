/** Whether what is served is well: alerts first, then all versions on one time axis, drift, and what people think. */
import type { AlertList, DriftView, FeedbackList, Traffic } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostCurve } from "../charts/ghosts.ts";
import { timeline } from "../charts/timeline.ts";
import { counted, formatAgo } from "../format.ts";
import { card, command, empty, failing, type Html } from "../html.ts";
import { monitorAddress, type MonitorView, RANGE_WORDS, type Range, RANGES } from "../monitor_address.ts";
import { timelinesOf } from "../timelines.ts";
import { closedAlerts, openAlerts } from "./monitor_alerts.ts";
import { driftCard } from "./monitor_drift.ts";
import { feedbackCard } from "./monitor_feedback.ts";

export interface MonitorData {
  /** Its model is the one that is shown; undefined where none was deployed. */
  readonly view: MonitorView;
  readonly models: readonly string[];
  readonly alerts: Answer<AlertList>;
  readonly traffic: Answer<Traffic>;
  readonly drift: Answer<DriftView>;
  readonly feedback: Answer<FeedbackList>;
  readonly mayOperate: boolean;
  readonly nowMs: number;
  readonly traceId: string;
}

export function monitorPage(data: MonitorData): Html {
  const { view, models, alerts, traffic, mayOperate, nowMs, traceId } = data;
  if (view.model === undefined && alerts.kind !== "failed") {
    return html`<section class="lead" id="lead" data-live>
      <h1>Monitor</h1>
      ${empty(ghostCurve(), "Nothing is served yet. Times, errors, tokens and drift of each version will stand here.", html`Start with ${command("npx millrace run ./docs")}`)}
    </section>`;
  }
  const known = valueOf(traffic);
  const lead = html`<section class="lead" id="lead" data-live>
    <header>
      <h1>${titleOf(data)}</h1>
      <span class="muted">${lastTold(known, nowMs)}</span>
    </header>
    ${openAlerts(alerts, view, mayOperate, nowMs, traceId)}
  </section>`;
  // Of nothing in particular, nothing more can be said.
  if (view.model === undefined) return lead;
  return html`${lead}
    <div class="bar choosing">
      ${
        models.length > 1
          ? choices(
              "Models",
              models.map((model) => ({
                name: model,
                href: monitorAddress({ ...view, model, version: undefined }),
                isCurrent: model === view.model,
              })),
            )
          : ""
      }
      ${choices(
        "Time",
        (Object.keys(RANGES) as Range[]).map((range) => ({
          name: RANGE_WORDS[range],
          href: monitorAddress({ ...view, range }),
          isCurrent: range === view.range,
        })),
      )}
    </div>
    <div class="columns two charts" id="charts" data-live>${charts(data)}</div>
    ${traffic.kind === "failed" && data.drift.kind === "missing" ? "" : driftCard(data.drift, known, view, traceId)}
    <div class="columns two">
      ${feedbackCard(data.feedback, view.model, traceId)} ${alerts.kind === "failed" ? "" : closedAlerts(alerts, nowMs)}
    </div>`;
}

function titleOf({ alerts }: MonitorData): string {
  if (alerts.kind !== "found") return "Monitor";
  const open = alerts.value.alerts.filter(({ resolvedAt }) => resolvedAt === null).length;
  if (open === 0) return "Nothing is wrong";
  return open === 1 ? "1 alert is open" : `${counted(open, "alert")} are open`;
}

function lastTold(traffic: Traffic | undefined, nowMs: number): string {
  if (traffic === undefined) return "";
  if (traffic.toldUntil === null) return `${traffic.model} was asked nothing yet`;
  return `${traffic.model} answered last ${formatAgo(traffic.toldUntil, nowMs)}`;
}

interface Choice {
  readonly name: string;
  readonly href: string;
  readonly isCurrent: boolean;
}

function choices(label: string, list: readonly Choice[]): Html {
  return html`<nav class="choices" aria-label="${label}">
    ${list.map(({ name, href, isCurrent }) => html`<a href="${href}" ${isCurrent ? html`aria-current="true"` : ""}>${name}</a>`)}
  </nav>`;
}

function charts({ traffic, alerts, view, traceId }: MonitorData): Html {
  if (traffic.kind !== "found") {
    const failure =
      traffic.kind === "failed" ? traffic.failure : { tried: "reading the traffic", found: "there is none" };
    return card(
      "traffic",
      "Traffic",
      failing(failure, "Reload the page; if it stays, look at the log of monitor.", traceId),
    );
  }
  if (traffic.value.versions.length === 0) {
    const sentence = `No request to ${traffic.value.model} ended in this time. First tokens, answers, errors and tokens a second will stand here.`;
    return card("traffic", "No traffic", empty(ghostCurve(), sentence));
  }
  const times = timelinesOf(traffic.value, valueOf(alerts)?.alerts ?? []);
  return html`${times.charts.map((chart) =>
    card(
      chart.id,
      chart.finding,
      timeline(times, chart, monitorAddress(view, "/monitor/timelines.json")),
      html`<a href="${monitorAddress(view, `/monitor/${chart.id}.csv`)}" download>CSV</a>`,
    ),
  )}`;
}
