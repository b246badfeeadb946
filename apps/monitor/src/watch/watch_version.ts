import type { Queries } from "@millrace/database";
import type { EffectContext } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { raiseAlert, resolveAlert } from "../alert_store.ts";
import { hasTraffic } from "../mark_store.ts";
import { watches } from "../tables.ts";
import { type VersionKey, windowsOf } from "../window_store.ts";
import { judgeWindow, type KnownProfile } from "./judge_window.ts";
import { LATE_MS, LEAST_REQUESTS, WINDOW_MS } from "./limits.ts";
import { initWatch, type WatchState, watchStateSchema } from "./watch_state.ts";

/** Windows of events tell the time here, so that a log that is read again is judged as it was. */
export interface Told {
  readonly start: number;
  readonly end: number;
}

/** Judges what has passed since the last time, if it has enough requests and no more of them are to be expected. */
export async function watchVersion(
  context: EffectContext,
  key: VersionKey,
  told: Told,
  profile: KnownProfile | undefined,
): Promise<void> {
  const { db } = context;
  const watch = await readWatch(db, key, "for update");
  if (watch === undefined) {
    await db.insert(watches).values({ ...key, judgedUntil: minuteOf(told.start), state: initWatch() });
    return;
  }
  const range = { from: watch.judgedUntil, to: minuteOf(told.end - LATE_MS) };
  if (range.to <= range.from) return;
  const windows = await windowsOf(db, key, range);
  if (windows.reduce((sum, { real }) => sum + real.requests, 0) < LEAST_REQUESTS) return;
  // The last requests of a version that is out of service: an alert about them would stay open for good.
  if (!(await hasTraffic(db, key))) {
    await db.update(watches).set({ judgedUntil: range.to }).where(isVersion(key));
    return;
  }
  const { state, changes } = judgeWindow(watch.state, key, windows, range, profile);
  await db.update(watches).set({ judgedUntil: range.to, state }).where(isVersion(key));
  for (const { change, finding, window } of changes) {
    if (change === "raised") await raiseAlert(context, key, finding, window);
    else await resolveAlert(context, key, finding.kind);
  }
}

/**
 * What is remembered of a version; undefined if it was never seen.
 * @param lock For changing it: whoever else would change it waits.
 */
export async function readWatch(
  db: Queries,
  key: VersionKey,
  lock?: "for update",
): Promise<{ readonly judgedUntil: number; readonly state: WatchState } | undefined> {
  const query = db.select().from(watches).where(isVersion(key));
  const [row] = await (lock === undefined ? query : query.for("update"));
  return row && { judgedUntil: row.judgedUntil, state: watchStateSchema.parse(row.state) };
}

/** Selects the row of a version. */
export function isVersion({ project, model, version }: VersionKey) {
  return and(eq(watches.project, project), eq(watches.model, model), eq(watches.version, version));
}

function minuteOf(time: number): number {
  return Math.floor(time / WINDOW_MS) * WINDOW_MS;
}
