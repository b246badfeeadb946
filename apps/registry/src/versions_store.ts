import type { VersionView } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, desc, eq, type SQL } from "drizzle-orm";
import { aliases, trainingRuns, versions } from "./tables.ts";

/** The alias of the version that all traffic goes to. */
export const LIVE = "live";

/**
 * Points an alias at a version, from wherever it pointed before.
 * @returns Where that was; null if nowhere.
 */
export async function setAlias(
  db: Queries,
  project: string,
  model: string,
  alias: string,
  version: number,
): Promise<number | null> {
  const before = await versionOfAlias(db, project, model, alias);
  await db
    .insert(aliases)
    .values({ project, model, alias, version })
    .onConflictDoUpdate({ target: [aliases.project, aliases.model, aliases.alias], set: { version } });
  return before ?? null;
}

/**
 * Finds a version by number or alias.
 * @param name `3`, or an alias such as `live`.
 */
export async function findVersion(
  db: Queries,
  project: string,
  model: string,
  name: string,
): Promise<VersionView | undefined> {
  const number = /^[1-9]\d{0,8}$/.test(name) ? Number(name) : await versionOfAlias(db, project, model, name);
  if (number === undefined) return undefined;
  return (await listVersions(db, project, and(eq(versions.model, model), eq(versions.version, number))))[0];
}

async function versionOfAlias(db: Queries, project: string, model: string, alias: string): Promise<number | undefined> {
  const named = and(eq(aliases.project, project), eq(aliases.model, model), eq(aliases.alias, alias));
  const [found] = await db.select({ version: aliases.version }).from(aliases).where(named);
  return found?.version;
}

const MOST_VERSIONS = 1000;

/** Lists versions of a project, newest first. */
export async function listVersions(
  db: Queries,
  project: string,
  which?: SQL,
  limit: number = MOST_VERSIONS,
): Promise<VersionView[]> {
  const rows = await db
    .select({ version: versions, fingerprint: trainingRuns.fingerprint })
    .from(versions)
    .leftJoin(trainingRuns, and(eq(trainingRuns.project, versions.project), eq(trainingRuns.runId, versions.runId)))
    .where(and(eq(versions.project, project), which))
    .orderBy(desc(versions.createdAt), desc(versions.version))
    .limit(limit);
  const named = await db.select().from(aliases).where(eq(aliases.project, project));
  return rows.map(({ version: row, fingerprint }) => ({
    model: row.model,
    version: row.version,
    runId: row.runId,
    createdAt: new Date(row.createdAt).toISOString(),
    aliases: named
      .filter(({ model, version }) => model === row.model && version === row.version)
      .map(({ alias }) => alias)
      .sort(),
    state: row.state,
    ...row.parts,
    gates: row.gates,
    onnx: row.onnx,
    folder: row.folder,
    package: row.package,
    fingerprint,
  }));
}
