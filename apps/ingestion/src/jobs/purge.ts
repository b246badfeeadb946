import { Sha256 } from "@millrace/contracts";
import { type Queries, rowsOf } from "@millrace/database";
import { defineJob } from "@millrace/service";
import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { endErasure, FORGET_DOCUMENT } from "../forgotten.ts";
import { erasures, passages } from "../tables.ts";

export const PURGE = "purge";

/** Of a list, one document is forgotten after the other: so long after the last one no more is expected. */
const QUIET_MS = 300;
const LOOK_MS = 50;
/** However many more come: what was deleted is not to lie on the disk for as long as others are forgotten. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Ends erasures: what the database's files still hold of rows that were deleted goes too, in the embedded one. That stops everything else
 * for as long as the table is written anew, so it is done once for all whose rows are gone by then.
 */
export const purgeJob = defineJob({
  kind: PURGE,
  // The embedded database takes no word that the job is alive while it writes a table anew.
  leaseMs: 600_000,
  version: 1,
  input: z.strictObject({ documentId: Sha256 }),
  async run({ project, input: { documentId } }, { database, now, signal }) {
    const db = database.drizzle;
    if (await isPurged(db, project, documentId)) return [];
    const latest = now() + LONGEST_WAIT_MS;
    while (now() < latest && (await areMoreComing(db, now()))) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    const covered = await unended(db);
    await database.purge([passages]);
    return covered;
  },
  async completed(covered, { db }) {
    await endCovered(db, covered);
  },
  async failed(_error, { db, project }, { input: { documentId } }) {
    await endErasure(db, project, documentId, "failed");
  },
});

/** The purge of another erasure has ended this one too. */
async function isPurged(db: Queries, project: string, documentId: string): Promise<boolean> {
  const own = and(eq(erasures.project, project), eq(erasures.documentId, documentId), eq(erasures.state, "done"));
  return (await db.select({ id: erasures.documentId }).from(erasures).where(own)).length > 0;
}

/** Whether documents are about to be forgotten. One that a run still reads was claimed before, and may take hours. */
async function areMoreComing(db: Queries, nowMs: number): Promise<boolean> {
  const coming = sql`
    select 1 from ingestion.job where kind = ${FORGET_DOCUMENT} and (state = 'queued' and generation = 0
      or state = 'running' and generation = 1 or created_at between ${nowMs - QUIET_MS} and ${nowMs}) limit 1`;
  return (await rowsOf(db, coming)).length > 0;
}

/** Ids of the jobs that wait for a purge: each was recorded when its rows were deleted. */
async function unended(db: Queries): Promise<string[]> {
  const waiting = sql`select id from ingestion.job where kind = ${PURGE} and state in ('queued', 'running')`;
  return (await rowsOf(db, waiting)).map(({ id }) => String(id));
}

/** Ends the erasures of these jobs, but for documents that are being forgotten again. */
async function endCovered(db: Queries, covered: readonly string[]): Promise<void> {
  if (covered.length === 0) return;
  const isCovered = sql`id = any(${sql.param(covered)}::uuid[])`;
  const ofErasure = sql`project = erasure.project and input ->> 'documentId' = erasure.document_id`;
  await db.execute(sql`
    update ingestion.erasure as erasure set state = 'done' where state = 'pending'
    and exists (select from ingestion.job where ${ofErasure} and ${isCovered})
    and not exists (select from ingestion.job where ${ofErasure} and not ${isCovered}
      and kind in (${FORGET_DOCUMENT}, ${PURGE}) and state in ('queued', 'running'))`);
}
