/** How far a stage is, told at most once a second and never less than before. */
import { EVENTS, type Stage } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import type { Job, JobContext } from "@millrace/service";
import { and, eq, lt, lte, sql } from "drizzle-orm";
import { cleanedFiles, plans } from "./tables.ts";

const PERIOD_MS = 1000;

/** What a job that has a stage to itself keeps between its claims. */
interface Told {
  readonly done: number;
}

/**
 * Tells the progress of a job that has a stage to itself. A later claim of the job begins anew, but tells nothing before it is further
 * than the one before.
 * @param unit What is counted.
 * @returns Called often; `done` rises from 0 to `total`, whose end is told whenever it comes.
 */
export function tellProgress(
  job: Job<{ runId: string }>,
  stage: Stage,
  unit: string,
  context: Pick<JobContext, "emit" | "now" | "progress">,
): (done: number, total: number) => Promise<void> {
  let told = (job.progress as Told | null)?.done ?? 0;
  let toldAt = context.now();
  return async (done, total) => {
    const now = context.now();
    if (done <= told || (done < total && now - toldAt < PERIOD_MS)) return;
    [told, toldAt] = [done, now];
    await context.progress({ done } satisfies Told);
    const progress = { runId: job.input.runId, stage, done, total, unit };
    await context.emit(`${stage} ${done}`, EVENTS.stageProgressed, progress);
  };
}

/**
 * Notes how many files of a shard are cleaned. Shards may be cleaned at the same time, by several processes; a shard that is begun anew
 * counts as far as it was before.
 */
export async function noteCleaned(
  db: Queries,
  row: { readonly project: string; readonly runId: string; readonly shard: number },
  files: number,
): Promise<void> {
  await db
    .insert(cleanedFiles)
    .values({ ...row, files })
    .onConflictDoUpdate({
      target: [cleanedFiles.project, cleanedFiles.runId, cleanedFiles.shard],
      set: { files: sql`greatest(${cleanedFiles.files}, excluded.files)` },
    });
}

/**
 * Files of a run that are cleaned, over all shards, for the one that may tell it now: in each second the first to ask, of all processes,
 * when there are more than were told.
 * @returns Undefined for all others.
 */
export async function cleanedToTell(
  db: Queries,
  project: string,
  runId: string,
  nowMs: number,
): Promise<number | undefined> {
  const sum = db
    .select({ files: sql`coalesce(sum(${cleanedFiles.files}), 0)::int` })
    .from(cleanedFiles)
    .where(and(eq(cleanedFiles.project, project), eq(cleanedFiles.runId, runId)));
  const [told] = await db
    .update(plans)
    .set({ toldAt: nowMs, toldFiles: sql`(${sum})` })
    .where(
      and(
        eq(plans.project, project),
        eq(plans.runId, runId),
        lte(plans.toldAt, nowMs - PERIOD_MS),
        lt(plans.toldFiles, sql`(${sum})`),
      ),
    )
    .returning({ files: plans.toldFiles });
  return told?.files;
}
