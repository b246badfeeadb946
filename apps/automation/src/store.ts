import type { Queries } from "@millrace/database";
import { and, desc, eq, inArray } from "drizzle-orm";
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
 */
export async function listRuns(db: Queries, project: string, limit: number): Promise<StoredRun[]> {
  const found = await db
    .select()
    .from(runs)
    .where(eq(runs.project, project))
    .orderBy(desc(runs.createdAt), desc(runs.id))
    .limit(limit);
  if (found.length === 0) return [];
  const ids = found.map((run) => run.id);
  const rows = await db
    .select()
    .from(stages)
    .where(and(eq(stages.project, project), inArray(stages.runId, ids)));
  return found.map((run) => ({ run, stages: rows.filter((row) => row.runId === run.id) }));
}
