/** What the Monitor's charts are drawn from, and its lists as files. */
import type { AlertView, DriftView, FeedbackList } from "@millrace/contracts";
import { type Http, HttpError } from "@millrace/service";
import { valueOf, valueOrThrow } from "../ask.ts";
import { type Columns, onePage, sendTable } from "../exports/table.ts";
import { CHARTS, timelinesOf } from "../timelines.ts";
import { askAlerts, askDrift, askFeedback, askTraffic, viewOf } from "./monitor.ts";
import { addTable, requireExport } from "./table_route.ts";

const NO_TRAFFIC = "The address names no model, or one that nobody asked.";

const ALERTS: Columns<AlertView> = {
  kind: ({ kind }) => kind,
  severity: ({ severity }) => severity,
  model: ({ model }) => model,
  version: ({ version }) => version,
  title: ({ title }) => title,
  value: ({ value }) => value,
  threshold: ({ threshold }) => threshold,
  raisedAt: ({ raisedAt }) => raisedAt,
  resolvedAt: ({ resolvedAt }) => resolvedAt,
  acknowledgedAt: ({ acknowledgedAt }) => acknowledgedAt,
  acknowledgedBy: ({ acknowledgedBy }) => acknowledgedBy,
  id: ({ alertId }) => alertId,
};

interface DriftRow {
  readonly feature: DriftView["features"][number];
  readonly bin: number;
}
const DRIFT: Columns<DriftRow> = {
  feature: ({ feature }) => feature.name,
  bin: ({ feature, bin }) => feature.bins[bin],
  corpus: ({ feature, bin }) => feature.corpus[bin],
  prompts: ({ feature, bin }) => feature.prompts[bin],
  index: ({ feature }) => feature.index,
  threshold: ({ feature }) => feature.threshold,
};

const FEEDBACK: Columns<FeedbackList["versions"][number]> = {
  version: ({ version }) => version,
  good: ({ up }) => up,
  bad: ({ down }) => down,
};

/** What an address of the Monitor holds; all of its files take it, so that one follows from the other. */
const VIEW = ["model", "range", "version"];

export function monitorExportRoutes(http: Http): void {
  http.get("/monitor/timelines.json", async (context) => {
    const view = viewOf(requireExport(context, VIEW));
    const [traffic, alerts] = await Promise.all([askTraffic(context, view), askAlerts(context)]);
    return context.json(timelinesOf(valueOrThrow(traffic, NO_TRAFFIC), valueOf(alerts)?.alerts ?? []));
  });
  for (const id of CHARTS) {
    http.get(`/monitor/${id}.csv`, async (context) => {
      const times = timelinesOf(
        valueOrThrow(await askTraffic(requireExport(context, VIEW), viewOf(context)), NO_TRAFFIC),
        [],
      );
      const lines = times.charts.find((chart) => chart.id === id)?.lines ?? [];
      const steps = (lines[0]?.values ?? []).map((_, step) => step);
      const columns: Columns<number> = {
        time: (step) => new Date(times.from + step * times.stepMs).toISOString(),
        ...Object.fromEntries(lines.map(({ name, values }) => [name, (step: number) => values[step]])),
      };
      return sendTable({ name: id, columns, pages: onePage(steps) }, "csv");
    });
  }
  addTable(http, "/monitor/alerts", [], async (context) => {
    const { alerts } = valueOrThrow(await askAlerts(context), "There are no alerts.");
    return { name: "alerts", columns: ALERTS, pages: onePage(alerts) };
  });
  addTable(http, "/monitor/drift", VIEW, async (context) => {
    const { model, version } = viewOf(context);
    if (model === undefined || version === undefined)
      throw new HttpError(400, "invalid_request", "reading drift: expected ?model= and ?version=");
    const { features } = valueOrThrow(await askDrift(context, model, version), "There is no such version.");
    const rows = features.flatMap((feature) => feature.bins.map((_, bin) => ({ feature, bin })));
    return { name: `drift-${model}-v${version}`, columns: DRIFT, pages: onePage(rows) };
  });
  addTable(http, "/monitor/feedback", VIEW, async (context) => {
    const { versions } = valueOrThrow(await askFeedback(context, viewOf(context).model), "The address names no model.");
    return { name: "feedback", columns: FEEDBACK, pages: onePage(versions) };
  });
}
