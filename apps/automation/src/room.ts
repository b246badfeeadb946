/**
 * Whether a project has room for a run: the one place where its limits are asked, for runs that people start or resume and for those
 * that rules start.
 */
import type { Artifacts } from "@millrace/artifacts";
import type { ProjectLimits, StageFailure } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { HttpError } from "@millrace/service";
import { count, sql } from "drizzle-orm";
import { underWay } from "./store.ts";
import { runs } from "./tables.ts";

/** What is asked of others, and so before the transaction in which a run begins. */
export interface Room {
  /** Most runs under way; null: as many as there may be. */
  readonly concurrentRuns: number | null;
  /** What was found and wanted, where the artifacts take all that they may. */
  readonly full: string | null;
}

/** Where a project has no room: over HTTP with this status and code `limit_reached`. */
export interface Refusal {
  readonly status: 403 | 429;
  /** What was found and wanted. */
  readonly reason: string;
}

/** Why a stage that would write more artifacts is not begun; undefined where it may be. */
export function failureOf({ full }: Room): StageFailure | undefined {
  return full === null ? undefined : { code: "limit_reached", message: `beginning the stage: ${full}` };
}

/** @param artifacts Those of the project; listed only where bytes are limited. */
export async function askRoom({ bytes: most, concurrentRuns }: ProjectLimits, artifacts: Artifacts): Promise<Room> {
  if (most === null) return { concurrentRuns, full: null };
  let bytes = 0;
  for await (const { sizeBytes } of artifacts.list()) bytes += sizeBytes;
  const found = `found ${bytes} bytes of artifacts, wanted less than the limit of ${most}; millrace gc deletes what nothing refers to`;
  return { concurrentRuns, full: bytes < most ? null : found };
}

/** Waits for others who start a run in the project; they wait until the transaction ends. */
export async function lockStarts(db: Queries, project: string): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtext(${`automation runs of ${project}`}))`);
}

/** @returns Undefined where a run may begin; nobody else takes its place before the transaction ends. */
export async function refusalOf(db: Queries, project: string, room: Room): Promise<Refusal | undefined> {
  if (room.full !== null) return { status: 403, reason: room.full };
  const { concurrentRuns: most } = room;
  if (most === null) return undefined;
  await lockStarts(db, project);
  const [found] = await db.select({ runs: count() }).from(runs).where(underWay(project));
  if (found === undefined || found.runs < most) return undefined;
  return { status: 429, reason: `found ${found.runs} runs under way, wanted at most ${most} with it` };
}

/** @throws {HttpError} 403 or 429 where there is no room. */
export async function requireRoom(db: Queries, project: string, room: Room): Promise<void> {
  const refusal = await refusalOf(db, project, room);
  if (refusal === undefined) return;
  throw new HttpError(refusal.status, "limit_reached", `starting a run in project ${project}: ${refusal.reason}`);
}
