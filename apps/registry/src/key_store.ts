import type { CreateKey, KeyView, VerifiedKey, VerifyKey } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, desc, eq, gt, isNull, lt, or } from "drizzle-orm";
import { apiKeys } from "./tables.ts";

type Row = typeof apiKeys.$inferSelect;

/** Keeps a key by its hash. @returns Undefined where one of this id was made before. */
export async function keepKey(
  db: Queries,
  { name, role, scopes, expiresAt }: CreateKey,
  kept: Pick<Row, "id" | "project" | "hash" | "createdAt" | "createdBy">,
): Promise<KeyView | undefined> {
  const expires = expiresAt === null ? null : Date.parse(expiresAt);
  const row = { ...kept, name, role, scopes: [...new Set(scopes)], expiresAt: expires };
  const [made] = await db.insert(apiKeys).values(row).onConflictDoNothing({ target: apiKeys.id }).returning();
  return made && keyView(made);
}

/** When a key ends, in ms since 1970; null for one that does not. */
export async function endOfKey(db: Queries, id: string): Promise<number | null> {
  const [found] = await db.select({ expiresAt: apiKeys.expiresAt }).from(apiKeys).where(eq(apiKeys.id, id));
  if (found === undefined) throw new Error(`looking for the end of key ${id}: there is no such key`);
  return found.expiresAt;
}

const MOST_KEYS = 1000;

/** Lists the keys of a project, newest first. */
export async function listKeys(db: Queries, project: string): Promise<KeyView[]> {
  const rows = await db
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.project, project))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(MOST_KEYS);
  return rows.map(keyView);
}

/** @returns The key, and whether this has revoked it; undefined if the project has no such key. */
export async function revokeKey(
  db: Queries,
  project: string,
  id: string,
  now: number,
): Promise<{ readonly key: KeyView; readonly changed: boolean } | undefined> {
  const own = and(eq(apiKeys.project, project), eq(apiKeys.id, id));
  const [revoked] = await db
    .update(apiKeys)
    .set({ revokedAt: now })
    .where(and(own, isNull(apiKeys.revokedAt)))
    .returning();
  if (revoked !== undefined) return { key: keyView(revoked), changed: true };
  const [before] = await db.select().from(apiKeys).where(own);
  return before === undefined ? undefined : { key: keyView(before), changed: false };
}

/** A use is noted once in this time. */
const USE_NOTED_MS = 60_000;

/** Who holds a key that is good now, and notes that it was used. */
export async function findHolder(db: Queries, asked: VerifyKey, now: number): Promise<VerifiedKey["holder"]> {
  const isGood = and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)));
  const which = "hash" in asked ? eq(apiKeys.hash, asked.hash) : eq(apiKeys.id, asked.id);
  const [found] = await db.select().from(apiKeys).where(and(which, isGood));
  if (found === undefined) return null;
  const { id, name, project, role, scopes, lastUsedAt } = found;
  if (lastUsedAt === null || lastUsedAt <= now - USE_NOTED_MS) {
    const stale = or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, now));
    await db
      .update(apiKeys)
      .set({ lastUsedAt: now })
      .where(and(eq(apiKeys.id, id), stale));
  }
  return { id, name, project, role, scopes };
}

function keyView({ hash: _hash, createdAt, expiresAt, lastUsedAt, revokedAt, ...rest }: Row): KeyView {
  return {
    ...rest,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: timeOrNull(expiresAt),
    lastUsedAt: timeOrNull(lastUsedAt),
    revokedAt: timeOrNull(revokedAt),
  };
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
