import { type AlertView, EVENTS, uuidV5 } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import type { EffectContext } from "@millrace/service";
import { and, desc, eq, isNull, type SQL } from "drizzle-orm";
import { alerts } from "./tables.ts";
import type { Finding } from "./watch/finding.ts";
import type { TimeRange, VersionKey } from "./window_store.ts";

/** Opens an alert and tells of it. */
export async function raiseAlert(
  context: EffectContext,
  { project, model, version }: VersionKey,
  { kind, severity, title, value, threshold, evidence }: Finding,
  { from, to }: TimeRange,
): Promise<void> {
  const subject = `${model}@${version} ${kind}`;
  const id = await uuidV5(JSON.stringify(["alert", project, subject, context.causationId]));
  const facts = { kind, severity, model, version, title, value, threshold, evidence };
  const window = { windowStart: from, windowEnd: to };
  await context.db.insert(alerts).values({ project, id, ...facts, ...window, raisedAt: context.now() });
  context.output(subject, EVENTS.alertRaised, { alertId: id, ...facts, window: windowOf(window) });
}

/** Closes the open alert of a kind and tells of it. */
export async function resolveAlert(
  context: EffectContext,
  { project, model, version }: VersionKey,
  kind: Finding["kind"],
): Promise<void> {
  const [resolved] = await context.db
    .update(alerts)
    .set({ resolvedAt: context.now() })
    .where(
      and(
        eq(alerts.project, project),
        eq(alerts.model, model),
        eq(alerts.version, version),
        eq(alerts.kind, kind),
        isNull(alerts.resolvedAt),
      ),
    )
    .returning({ alertId: alerts.id });
  if (resolved === undefined) throw new Error(`resolving the ${kind} alert of ${model}@${version}: found none open`);
  context.output(`${model}@${version} ${kind}`, EVENTS.alertResolved, { ...resolved, kind, model, version });
}

/** Alerts of a project, newest first. */
export async function listAlerts(
  db: Queries,
  project: string,
  state: "open" | "all",
  limit: number,
): Promise<AlertView[]> {
  const rows = await db
    .select()
    .from(alerts)
    .where(and(eq(alerts.project, project), state === "open" ? isNull(alerts.resolvedAt) : undefined))
    .orderBy(desc(alerts.raisedAt), desc(alerts.id))
    .limit(limit);
  return rows.map(viewOf);
}

/**
 * Notes who looks after an alert; the first one counts.
 * @returns Undefined if there is no such alert.
 */
export async function acknowledgeAlert(
  db: Queries,
  project: string,
  id: string,
  by: { readonly name: string; readonly at: number },
): Promise<AlertView | undefined> {
  const isAlert: SQL | undefined = and(eq(alerts.project, project), eq(alerts.id, id));
  await db
    .update(alerts)
    .set({ acknowledgedAt: by.at, acknowledgedBy: by.name })
    .where(and(isAlert, isNull(alerts.acknowledgedAt)));
  const [row] = await db.select().from(alerts).where(isAlert);
  return row === undefined ? undefined : viewOf(row);
}

function viewOf(row: typeof alerts.$inferSelect): AlertView {
  const { kind, severity, model, version, title, value, threshold, evidence, acknowledgedBy } = row;
  return {
    alertId: row.id,
    kind,
    severity,
    model,
    version,
    title,
    value,
    threshold,
    window: windowOf(row),
    evidence,
    raisedAt: new Date(row.raisedAt).toISOString(),
    resolvedAt: isoOrNull(row.resolvedAt),
    acknowledgedAt: isoOrNull(row.acknowledgedAt),
    acknowledgedBy,
  };
}

function windowOf(row: { readonly windowStart: number; readonly windowEnd: number }): AlertView["window"] {
  return { start: new Date(row.windowStart).toISOString(), end: new Date(row.windowEnd).toISOString() };
}

function isoOrNull(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
