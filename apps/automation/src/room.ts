/** Whether a project has room for a run: limits are for starting; what is under way goes on. */
import { RUN_STATES, isFinal } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { type HttpContext, HttpError } from "@millrace/service";
import { and, count, eq, inArray, sql } from "drizzle-orm";
import { runs } from "./tables.ts";

const UNDER_WAY = RUN_STATES.filter((state) => !isFinal(state));

/** @throws {HttpError} 403 if the project's artifacts take all that they may. */
export async function requireBytes(context: HttpContext): Promise<void> {
  const { bytes: most } = await context.var.limits();
  if (most === null) return;
  let bytes = 0;
  for await (const { sizeBytes } of context.var.artifacts.list()) bytes += sizeBytes;
  if (bytes < most) return;
  const found = `found ${bytes} bytes of artifacts in project ${context.var.identity.project}, wanted less than its limit of ${most}`;
  throw new HttpError(403, "limit_reached", `starting a run: ${found}; millrace gc deletes what nothing refers to`);
}

/**
 * Waits for others who start a run in the project, until the transaction ends, then counts.
 * @param most Null: as many as there may be.
 * @throws {HttpError} 429 if as many as there may be are under way.
 */
export async function requireFreeRun(db: Queries, project: string, most: number | null): Promise<void> {
  if (most === null) return;
  await db.execute(sql`select pg_advisory_xact_lock(hashtext(${`automation runs of ${project}`}))`);
  const underWay = and(eq(runs.project, project), inArray(runs.state, UNDER_WAY));
  const [found] = await db.select({ runs: count() }).from(runs).where(underWay);
  if (found !== undefined && found.runs >= most) {
    const message = `starting a run: found ${found.runs} under way in project ${project}, wanted at most ${most} with it`;
    throw new HttpError(429, "limit_reached", message);
  }
}
