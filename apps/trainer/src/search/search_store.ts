/** Rows of a search and its trials. */
import { bestOf, type Trial } from "@millrace/search";
import type { Queries } from "@millrace/database";
import { and, asc, eq } from "drizzle-orm";
import { checkpoints, searches, trials } from "../tables.ts";

/** A search as it is stored. */
export type SearchRow = typeof searches.$inferSelect;
type Stored = typeof trials.$inferSelect;

/** Id of a trial's own training run. */
export function trialIdOf(runId: string, number: number): string {
  return `${runId}.t${number}`;
}

/** Key of a trial's job in an attempt of its run. */
export function trialJobKey(runId: string, attempt: number, number: number): string {
  return `${runId} attempt ${attempt} trial ${number}`;
}

/** Reads a search for changing it: whoever else would change it waits. */
export async function lockSearch(db: Queries, project: string, runId: string): Promise<SearchRow | undefined> {
  const [row] = await db
    .select()
    .from(searches)
    .where(and(eq(searches.project, project), eq(searches.runId, runId)))
    .for("update");
  return row;
}

/** The trials of a search, in the order of their numbers. */
export async function listTrials(db: Queries, project: string, runId: string): Promise<Trial[]> {
  const rows = await db
    .select()
    .from(trials)
    .where(and(eq(trials.project, project), eq(trials.runId, runId)))
    .orderBy(asc(trials.number));
  return rows.map(({ number, values, state, objective, reports }) => {
    return { number, values, state, reports, ...(objective !== null && { objective }) };
  });
}

/**
 * Ends a trial. Its checkpoints are dropped, unless it is the best so far: then they become those of the run, whose model they are if no
 * trial is better.
 */
export async function endTrial(
  db: Queries,
  project: string,
  runId: string,
  number: number,
  end: Pick<Stored, "state" | "objective" | "reports">,
): Promise<void> {
  await db
    .update(trials)
    .set(end)
    .where(and(eq(trials.project, project), eq(trials.runId, runId), eq(trials.number, number)));
  const of = (id: string) => and(eq(checkpoints.project, project), eq(checkpoints.runId, id));
  const trialId = trialIdOf(runId, number);
  const best = bestOf(await listTrials(db, project, runId));
  if (best?.number !== number) return void (await db.delete(checkpoints).where(of(trialId)));
  await db.delete(checkpoints).where(of(runId));
  await db.update(checkpoints).set({ runId }).where(of(trialId));
}
