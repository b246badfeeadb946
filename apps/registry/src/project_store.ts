import { DEFAULT_PROJECT, NO_LIMITS, type ProjectLimits, type ProjectView } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { eq } from "drizzle-orm";
import { apiKeys, projects } from "./tables.ts";

/** Limits of a project; none where nobody has set any. */
export async function limitsOf(db: Queries, project: string): Promise<ProjectLimits> {
  const [row] = await db.select().from(projects).where(eq(projects.name, project));
  return row?.limits ?? NO_LIMITS;
}

/** Sets them, and makes the project if there is none. */
export async function limitProject(db: Queries, name: string, limits: ProjectLimits, now: number): Promise<void> {
  await db
    .insert(projects)
    .values({ name, limits, createdAt: now })
    .onConflictDoUpdate({ target: projects.name, set: { limits } });
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
