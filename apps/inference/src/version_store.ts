import type { Queries } from "@millrace/database";
import { and, asc, eq, type SQL } from "drizzle-orm";
import { servedVersions } from "./tables.ts";
import { splitTraffic } from "./traffic_split.ts";

export type ServedVersion = typeof servedVersions.$inferSelect;

/** Which version of which project. */
export type VersionKey = Pick<ServedVersion, "project" | "model" | "version">;

/** Records a version as served. It gets no traffic; one that is loaded again keeps what it has. */
export async function addVersion(db: Queries, row: Omit<ServedVersion, "percent">): Promise<void> {
  const { project, model, version } = servedVersions;
  await db
    .insert(servedVersions)
    .values({ ...row, percent: 0 })
    .onConflictDoUpdate({
      target: [project, model, version],
      set: { package: row.package, loadedAt: row.loadedAt },
    });
}

/** Versions of a project, or of one model of it, the oldest first. */
export async function listVersions(db: Queries, project: string, model?: string): Promise<ServedVersion[]> {
  const inProject = eq(servedVersions.project, project);
  return db
    .select()
    .from(servedVersions)
    .where(model === undefined ? inProject : and(inProject, eq(servedVersions.model, model)))
    .orderBy(asc(servedVersions.model), asc(servedVersions.version));
}

/** Versions of all projects. */
export async function listAllVersions(db: Queries): Promise<ServedVersion[]> {
  return db.select().from(servedVersions);
}

/**
 * Gives a version its share of the traffic; the other versions of the model share the rest. One that is to have none goes out of
 * service. Where one has all, so do older ones that had no traffic already; those that have just lost theirs stay, for a way back.
 * @param percent 0 to 100.
 * @returns The versions that went out of service, or undefined if this one is not served.
 */
export async function routeVersion(
  db: Queries,
  { project, model, version }: VersionKey,
  percent: number,
): Promise<ServedVersion[] | undefined> {
  const rows = await listVersions(db, project, model);
  if (!rows.some((row) => row.version === version)) return undefined;
  for (const share of splitTraffic(rows, version, percent)) {
    await db
      .update(servedVersions)
      .set({ percent: share.percent })
      .where(isVersion({ project, model, version: share.version }));
  }
  const idle = rows.filter((row) =>
    row.version === version ? percent === 0 : percent === 100 && row.percent === 0 && row.version < version,
  );
  for (const row of idle) await db.delete(servedVersions).where(isVersion(row));
  return idle;
}

/** Finds one version. */
export async function findVersion(db: Queries, key: VersionKey): Promise<ServedVersion | undefined> {
  const [row] = await db.select().from(servedVersions).where(isVersion(key));
  return row;
}

function isVersion({ project, model, version }: VersionKey): SQL | undefined {
  return and(eq(servedVersions.project, project), eq(servedVersions.model, model), eq(servedVersions.version, version));
}
