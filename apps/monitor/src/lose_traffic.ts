import type { EffectContext } from "@millrace/service";
import { and, asc, eq, ne } from "drizzle-orm";
import { resolveAlert } from "./alert_store.ts";
import { watches } from "./tables.ts";
import { CALM } from "./watch/hysteresis.ts";
import { isVersion, readWatch } from "./watch/watch_version.ts";
import type { VersionKey } from "./window_store.ts";

/** Closes what is open about a version that has no traffic any more: nobody can be hurt by it, and nothing would close it. */
export async function loseTraffic(context: EffectContext, key: VersionKey): Promise<void> {
  // Locks the row: a window that is being judged either raises before this looks, or finds that the traffic is gone.
  const watch = await readWatch(context.db, key, "for update");
  if (watch === undefined) return;
  const { alerts } = watch.state;
  const raised = (["latency", "errors", "drift"] as const).filter((kind) => alerts[kind].isRaised);
  if (raised.length === 0) return;
  const calm = { ...watch.state, alerts: { latency: CALM, errors: CALM, drift: CALM } };
  await context.db.update(watches).set({ state: calm }).where(isVersion(key));
  for (const kind of raised) await resolveAlert(context, key, kind);
}

/** Versions of the model that are watched, but for one. */
export async function othersWatched(
  context: EffectContext,
  { project, model, version }: VersionKey,
): Promise<number[]> {
  const rows = await context.db
    .select({ version: watches.version })
    .from(watches)
    .where(and(eq(watches.project, project), eq(watches.model, model), ne(watches.version, version)))
    .orderBy(asc(watches.version));
  return rows.map((row) => row.version);
}
