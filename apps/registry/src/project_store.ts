import {
  DEFAULT_PROJECT,
  type LimitChanges,
  NO_LIMITS,
  type ProjectLimits,
  type ProjectView,
} from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { eq } from "drizzle-orm";
import { apiKeys, projects } from "./tables.ts";

/** Limits of a project; none where nobody has set any. */
export async function limitsOf(db: Queries, project: string): Promise<ProjectLimits> {
  const [row] = await db.select().from(projects).where(eq(projects.name, project));
  return row?.limits ?? NO_LIMITS;
}

/**
 * Changes some of them, and makes the project if there is none. Whoever else changes some waits until the transaction ends.
 * @returns What they were, and are.
 */
export async function limitProject(
  db: Queries,
  name: string,
  { bytes, concurrentRuns, tokensPerMinute }: LimitChanges,
  now: number,
): Promise<{ readonly before: ProjectLimits; readonly after: ProjectLimits }> {
  await db.insert(projects).values({ name, limits: NO_LIMITS, createdAt: now }).onConflictDoNothing();
  const own = eq(projects.name, name);
  const [row] = await db.select().from(projects).where(own).for("update");
  const before = row?.limits ?? NO_LIMITS;
  const after: ProjectLimits = {
    bytes: bytes === undefined ? before.bytes : bytes,
    concurrentRuns: concurrentRuns === undefined ? before.concurrentRuns : concurrentRuns,
    tokensPerMinute: tokensPerMinute === undefined ? before.tokensPerMinute : tokensPerMinute,
  };
  await db.update(projects).set({ limits: after }).where(own);
  return { before, after };
}

/** Lists every project that has limits or a key, and the default one, by name. */
export async function listProjects(db: Queries): Promise<ProjectView[]> {
  const limited = await db.select().from(projects);
  const withKeys = await db.selectDistinct({ project: apiKeys.project }).from(apiKeys);
  const names = new Set([
    DEFAULT_PROJECT,
    ...limited.map(({ name }) => name),
    ...withKeys.map(({ project }) => project),
  ]);
  const limits = new Map(limited.map((row) => [row.name, row.limits]));
  return [...names].toSorted().map((name) => ({ name, limits: limits.get(name) ?? NO_LIMITS }));
}
