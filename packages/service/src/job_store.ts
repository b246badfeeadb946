/** Rows of jobs: each change of owner or state is a compare-and-set on the generation, so an owner whose time has passed changes nothing. */
import { uuidV5 } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, asc, eq, inArray, lte, or, type SQL, sql } from "drizzle-orm";
import type { Producer } from "./output_event.ts";
import type { JobCause, ServiceTables } from "./tables.ts";

export type JobRow = ServiceTables["jobs"]["$inferSelect"];

/** Records a job unless the project has one of this kind and key. */
export async function insertJob(
  db: Queries,
  { jobs }: ServiceTables,
  by: Producer,
  kind: string,
  key: string,
  input: Readonly<Record<string, unknown>>,
  nowMs: number,
): Promise<void> {
  const { eventId, correlationId, subject, traceparent, project } = by;
  const cause: JobCause = { eventId, correlationId, subject, ...(traceparent === undefined ? {} : { traceparent }) };
  const id = await uuidV5(JSON.stringify(["job", by.service, project, kind, key]));
  const identity = { id, kind, key, project, input, cause };
  await db
    .insert(jobs)
    .values({
      ...identity,
      state: "queued",
      generation: 0,
      errors: 0,
      notBefore: nowMs,
      createdAt: nowMs,
      updatedAt: nowMs,
    })
    .onConflictDoNothing();
}

/** Cancels a job that has not ended. */
export async function cancelJob(
  db: Queries,
  { jobs }: ServiceTables,
  project: string,
  kind: string,
  key: string,
  nowMs: number,
): Promise<void> {
  await db
    .update(jobs)
    .set({ state: "cancelled", updatedAt: nowMs })
    .where(
      and(
        eq(jobs.project, project),
        eq(jobs.kind, kind),
        eq(jobs.key, key),
        inArray(jobs.state, ["queued", "running"]),
      ),
    );
}

/** How many jobs of each kind could be claimed; a kind without any is absent. */
export async function countDueJobs(
  db: Queries,
  { jobs }: ServiceTables,
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const found = await db
    .select({ kind: jobs.kind, count: sql<number>`count(*)::int` })
    .from(jobs)
    .where(isDue(jobs, nowMs))
    .groupBy(jobs.kind);
  return new Map(found.map(({ kind, count }) => [kind, count]));
}

/** It waits, or its owner's lease has expired. */
function isDue(jobs: ServiceTables["jobs"], nowMs: number): SQL | undefined {
  const waiting = and(eq(jobs.state, "queued"), lte(jobs.notBefore, nowMs));
  const abandoned = and(eq(jobs.state, "running"), lte(jobs.leaseExpiresAt, nowMs));
  return or(waiting, abandoned);
}

/** Takes the oldest job of a kind that waits or whose owner's lease has expired. */
export async function claimJob(
  db: Queries,
  { jobs }: ServiceTables,
  kind: string,
  owner: string,
  leaseMs: number,
  nowMs: number,
): Promise<JobRow | undefined> {
  const next = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.kind, kind), isDue(jobs, nowMs)))
    .orderBy(asc(jobs.createdAt), asc(jobs.id))
    .limit(1)
    .for("update", { skipLocked: true });
  const [row] = await db
    .update(jobs)
    .set({
      state: "running",
      owner,
      leaseExpiresAt: nowMs + leaseMs,
      generation: sql`${jobs.generation} + 1`,
      updatedAt: nowMs,
    })
    .where(eq(jobs.id, sql`(${next})`))
    .returning();
  return row;
}

/** Changes a claimed job; false when another claim has begun or the job has ended or was cancelled. */
export async function changeClaimed(
  db: Queries,
  { jobs }: ServiceTables,
  claimed: Pick<JobRow, "id" | "generation">,
  change: Partial<JobRow>,
): Promise<boolean> {
  const changed = await db
    .update(jobs)
    .set(change)
    .where(and(eq(jobs.id, claimed.id), eq(jobs.generation, claimed.generation), eq(jobs.state, "running")))
    .returning({ id: jobs.id });
  return changed.length === 1;
}

/**
 * Ends leases whose owner does not live any more; the caller knows.
 * @param owner Undefined for all owners.
 */
export async function expireLeases(
  db: Queries,
  { jobs }: ServiceTables,
  owner: string | undefined,
  nowMs: number,
): Promise<void> {
  const theirs = owner === undefined ? undefined : eq(jobs.owner, owner);
  await db
    .update(jobs)
    .set({ leaseExpiresAt: nowMs })
    .where(and(eq(jobs.state, "running"), theirs));
}
