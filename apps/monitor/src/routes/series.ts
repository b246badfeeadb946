import { SERIES_METRICS, type Series, SeriesQuery } from "@millrace/contracts";
import { type Http, HttpError, needs, readQuery } from "@millrace/service";
import { and, asc, eq, sql } from "drizzle-orm";
import { MEASURED, type MeasuredWindow, seriesPoints, seriesTimes } from "../series.ts";
import { windows } from "../tables.ts";
import { inRange } from "../window_store.ts";

const DAY_MS = 86_400_000;

/** Traffic over time. */
export function seriesRoutes(http: Http): void {
  http.get("/api/monitor/series", needs("viewer", "read"), async (context) => {
    const { ports, identity } = context.var;
    const { model, version, metric, points, ...query } = readQuery(context, SeriesQuery);
    const to = query.to === undefined ? ports.now() : Date.parse(query.to);
    const from = query.from === undefined ? to - DAY_MS : Date.parse(query.from);
    if (from >= to) throw new HttpError(400, "invalid_request", `reading a series: expected from before to`);
    const times = seriesTimes(from, to, points);
    const inTime = inRange(identity.project, model, { from: times.from, to });
    // Most of a window is sketches: only what the metric needs is read.
    const found = await ports.database.drizzle
      .select({
        windowStart: windows.windowStart,
        value: sql<MeasuredWindow["value"]>`${windows.real} -> ${MEASURED[metric].field}::text`,
      })
      .from(windows)
      .where(version === undefined ? inTime : and(inTime, eq(windows.version, version)))
      .orderBy(asc(windows.windowStart));
    const series: Series = {
      model,
      version: version ?? null,
      metric,
      unit: SERIES_METRICS[metric],
      stepMs: times.stepMs,
      points: seriesPoints(metric, times, found),
    };
    return context.json(series);
  });
}
