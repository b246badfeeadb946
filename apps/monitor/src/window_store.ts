import type { EventData, EVENTS } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, asc, eq, gte, lt, type SQL } from "drizzle-orm";
import { windows } from "./tables.ts";

export type ObservedWindow = typeof windows.$inferSelect;

/** A version of a model in a project. */
export interface VersionKey {
  readonly project: string;
  readonly model: string;
  readonly version: number;
}

/** From `from` to before `to`, milliseconds since 1970. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Keeps a window.
 * @returns False if it was kept before.
 */
export async function keepWindow(
  db: Queries,
  project: string,
  { windowStart, ...data }: EventData<typeof EVENTS.trafficObserved>,
): Promise<boolean> {
  const kept = await db
    .insert(windows)
    .values({ project, ...data, windowStart: Date.parse(windowStart) })
    .onConflictDoNothing()
    .returning({ version: windows.version });
  return kept.length > 0;
}

/** Windows of a version that began in a time, in order. */
export async function windowsOf(db: Queries, { project, model, version }: VersionKey, range: TimeRange) {
  return db
    .select()
    .from(windows)
    .where(and(inRange(project, model, range), eq(windows.version, version)))
    .orderBy(asc(windows.windowStart), asc(windows.gateway));
}

/** What selects the windows of a model, whatever the version. */
export function inRange(project: string, model: string, { from, to }: TimeRange): SQL | undefined {
  return and(
    eq(windows.project, project),
    eq(windows.model, model),
    gte(windows.windowStart, from),
    lt(windows.windowStart, to),
  );
}
