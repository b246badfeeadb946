import type { Schedule } from "@millrace/service";
import { and, eq, isNull, lt, notExists, type SQL } from "drizzle-orm";
import { alerts, watches, windows } from "./tables.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** As long as the log keeps them. */
const WINDOW_DAYS = 14;

/**
 * Removes windows of all projects that are older than the series go back, and what was learned of versions that have none left: one that is
 * served again learns anew. Alerts and feedback stay, and a version with an open alert.
 */
export const forgetOldWindows: Schedule = {
  name: "forget_old_windows",
  everyMs: HOUR_MS,
  async run({ database: { drizzle: db }, now }) {
    await db.delete(windows).where(lt(windows.windowStart, now() - WINDOW_DAYS * DAY_MS));
    const told = db.select().from(windows).where(isOf(windows));
    const open = db
      .select()
      .from(alerts)
      .where(and(isOf(alerts), isNull(alerts.resolvedAt)));
    await db.delete(watches).where(and(notExists(told), notExists(open)));
  },
};

/** Of the version of a watch. */
function isOf({ project, model, version }: typeof windows | typeof alerts): SQL | undefined {
  return and(eq(project, watches.project), eq(model, watches.model), eq(version, watches.version));
}
