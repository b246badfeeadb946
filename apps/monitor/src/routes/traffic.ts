import { type Traffic, TrafficQuery } from "@millrace/contracts";
import { type Http, HttpError, needs, readQuery } from "@millrace/service";
import { and, desc, eq, sql } from "drizzle-orm";
import { marksOf } from "../mark_store.ts";
import { seriesTimes } from "../series.ts";
import { windows } from "../tables.ts";
import { type DrawnWindow, trafficOf } from "../traffic.ts";
import { inRange } from "../window_store.ts";

const DAY_MS = 86_400_000;

/** What the charts of a model are drawn from. */
export function trafficRoutes(http: Http): void {
  http.get("/api/monitor/traffic", needs("viewer", "read"), async (context) => {
    const { ports, identity } = context.var;
    const { model, points, ...query } = readQuery(context, TrafficQuery);
    const to = query.to === undefined ? ports.now() : Date.parse(query.to);
    const from = query.from === undefined ? to - DAY_MS : Date.parse(query.from);
    if (from >= to) throw new HttpError(400, "invalid_request", `reading traffic: expected from before to`);
    const times = seriesTimes(from, to, points);
    const db = ports.database.drizzle;
    // Most of a window is sketches: only what is drawn is read.
    const found = await db
      .select({
        version: windows.version,
        windowStart: windows.windowStart,
        requests: field("requests"),
        errors: field("errors"),
        refused: field("refused"),
        outputTokens: field("outputTokens"),
        firstTokenMs: field("firstTokenMs"),
        totalMs: field("totalMs"),
      })
      .from(windows)
      .where(inRange(identity.project, model, { from: times.from, to }));
    const [newest] = await db
      .select({ end: sql<number>`(${windows.windowStart} + ${windows.windowMs})::float8` })
      .from(windows)
      .where(and(eq(windows.project, identity.project), eq(windows.model, model)))
      .orderBy(desc(windows.windowStart))
      .limit(1);
    const traffic: Traffic = {
      model,
      from: new Date(times.from).toISOString(),
      to: new Date(to).toISOString(),
      stepMs: times.stepMs,
      toldUntil: newest === undefined ? null : new Date(newest.end).toISOString(),
      versions: trafficOf(times, found),
      marks: await marksOf(db, identity.project, model, { from: times.from, to }),
    };
    return context.json(traffic);
  });
}

/** A field of a window's real requests. */
function field<Name extends keyof DrawnWindow>(name: Name) {
  return sql<DrawnWindow[Name]>`${windows.real} -> ${name}::text`;
}
