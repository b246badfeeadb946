import type { RolloutMark } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, asc, desc, eq, gte, lt } from "drizzle-orm";
import { marks } from "./tables.ts";
import type { TimeRange, VersionKey } from "./window_store.ts";

/** A part of the traffic, by the attempt that it was given in: told by two events where it is taken back. */
export type Mark = typeof marks.$inferInsert;

/** Keeps a mark; of two that tell of the same, the one with a reason stays. */
export async function keepMark(db: Queries, mark: Mark): Promise<void> {
  const insert = db.insert(marks).values(mark);
  if (mark.reason == null) await insert.onConflictDoNothing();
  else {
    const target = [marks.project, marks.model, marks.version, marks.attempt, marks.percent];
    await insert.onConflictDoUpdate({ target, set: { reason: mark.reason } });
  }
}

/** Marks of a model in a time, in order. */
export async function marksOf(
  db: Queries,
  project: string,
  model: string,
  { from, to }: TimeRange,
): Promise<RolloutMark[]> {
  const rows = await db
    .select()
    .from(marks)
    .where(and(eq(marks.project, project), eq(marks.model, model), gte(marks.at, from), lt(marks.at, to)))
    .orderBy(asc(marks.at), asc(marks.version));
  return rows.map(({ version, percent, reason, at }) => ({
    version,
    percent,
    reason: reason ?? null,
    at: new Date(at).toISOString(),
  }));
}

/** Whether a version has traffic, as the newest mark says that speaks of it; true where none does. */
export async function hasTraffic(db: Queries, { project, model, version }: VersionKey): Promise<boolean> {
  const rows = await db
    .select({ version: marks.version, percent: marks.percent })
    .from(marks)
    .where(and(eq(marks.project, project), eq(marks.model, model)))
    .orderBy(desc(marks.at))
    .limit(MOST_READ);
  const telling = rows.find((mark) => mark.version === version || mark.percent === 100);
  return telling === undefined || (telling.version === version && telling.percent > 0);
}

/** Roll-outs of a model that can have happened since a version had its last word. */
const MOST_READ = 200;
