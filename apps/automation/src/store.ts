import { isFinal, RUN_STATES } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, desc, eq, inArray, sql, type SQL } from "drizzle-orm";
import { type RunRow, runs, type StageRow, stages } from "./tables.ts";

/** A run with the stages it has reached. */
export interface StoredRun {
  readonly run: RunRow;
  readonly stages: StageRow[];
}

/** Finds one run of a project. */
export async function findRun(db: Queries, project: string, id: string): Promise<StoredRun | undefined> {
  const [run] = await db
    .select()
    .from(runs)
    .where(and(eq(runs.project, project), eq(runs.id, id)));
  if (!run) return undefined;
  const ofRun = and(eq(stages.project, project), eq(stages.runId, id));
  return { run, stages: await db.select().from(stages).where(ofRun) };
}

/**
 * Lists runs of a project, newest first.
 * @param limit Most to return.
 * @param text What their name or id holds, or the hash of their recipe begins with; the case of letters does not count.
 */
export function listRuns(db: Queries, project: string, limit: number, text?: string): Promise<StoredRun[]> {
  const wanted = text?.toLowerCase();
  const named = sql`(strpos(${runs.id} || ' ' || ${runs.name}, ${wanted}) > 0
    or starts_with(${runs.recipeRef} ->> 'sha256', ${wanted}))`;
  const which = wanted === undefined ? eq(runs.project, project) : and(eq(runs.project, project), named);
  return withStages(db, project, newestFirst(db, which).limit(limit));
}

/** Lists all runs of a project that have not ended, newest first. */
export function listUnderWay(db: Queries, project: string): Promise<StoredRun[]> {
  return withStages(db, project, newestFirst(db, underWay(project)));
}

const UNDER_WAY = RUN_STATES.filter((state) => !isFinal(state));

/** Which rows are of runs that have not ended. */
export function underWay(project: string): SQL | undefined {
  return and(eq(runs.project, project), inArray(runs.state, UNDER_WAY));
}

function newestFirst(db: Queries, which: SQL | undefined) {
  return db.select().from(runs).where(which).orderBy(desc(runs.createdAt), desc(runs.id));
}

async function withStages(db: Queries, project: string, query: PromiseLike<RunRow[]>): Promise<StoredRun[]> {
  const found = await query;
  if (found.length === 0) return [];
  const ids = found.map((run) => run.id);
  const rows = await db
    .select()
    .from(stages)
    .where(and(eq(stages.project, project), inArray(stages.runId, ids)));
  return found.map((run) => ({ run, stages: rows.filter((row) => row.runId === run.id) }));
}
