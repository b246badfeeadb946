import { Rule, type RuleFiring } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, desc, eq, gt, max, sql } from "drizzle-orm";
import { ruleFirings, rules } from "../tables.ts";
import { SHIPPED_RULES } from "./shipped_rules.ts";

export interface StoredRule extends Rule {
  readonly source: "shipped" | "own";
}

/** The rules of a project: the shipped ones as they were switched, then its own by id. */
export async function listRules(db: Queries, project: string): Promise<StoredRule[]> {
  const rows = await db.select().from(rules).where(eq(rules.project, project)).orderBy(rules.id);
  const shipped = SHIPPED_RULES.map((rule) => ({
    ...rule,
    enabled: rows.find(({ id }) => id === rule.id)?.enabled ?? rule.enabled,
    source: "shipped" as const,
  }));
  const own = rows.flatMap(({ rule, enabled }) =>
    rule === null ? [] : [{ ...Rule.parse(rule), enabled, source: "own" as const }],
  );
  return [...shipped, ...own];
}

/** Keeps a rule of the project's own, in place of one of the same id. */
export async function keepRule(db: Queries, project: string, rule: Rule): Promise<void> {
  const row = { enabled: rule.enabled, rule };
  await db
    .insert(rules)
    .values({ project, id: rule.id, ...row })
    .onConflictDoUpdate({ target: [rules.project, rules.id], set: row });
}

/** Switches a shipped rule. */
export async function switchShipped(db: Queries, project: string, id: string, enabled: boolean): Promise<void> {
  await db
    .insert(rules)
    .values({ project, id, enabled, rule: null })
    .onConflictDoUpdate({ target: [rules.project, rules.id], set: { enabled } });
}

/** @returns Whether there was such a rule of the project's own. */
export async function dropRule(db: Queries, project: string, id: string): Promise<boolean> {
  const row = and(eq(rules.project, project), eq(rules.id, id));
  return (await db.delete(rules).where(row).returning({ id: rules.id })).length > 0;
}

/** Records a firing; an event fires a rule once. */
export async function keepFiring(
  db: Queries,
  project: string,
  firing: Omit<RuleFiring, "at">,
  at: number,
): Promise<void> {
  await db
    .insert(ruleFirings)
    .values({ project, ...firing, at })
    .onConflictDoNothing();
}

/** When a rule did something since a time, newest first. */
export async function doneSince(
  db: Queries,
  project: string,
  ruleId: string,
  sinceMs: number,
  model?: string,
): Promise<number[]> {
  const found = await db
    .select({ at: ruleFirings.at })
    .from(ruleFirings)
    .where(
      and(
        eq(ruleFirings.project, project),
        eq(ruleFirings.ruleId, ruleId),
        eq(ruleFirings.outcome, "done"),
        gt(ruleFirings.at, sinceMs),
        model === undefined ? undefined : eq(ruleFirings.model, model),
      ),
    )
    .orderBy(desc(ruleFirings.at));
  return found.map(({ at }) => at);
}

/** What a rule did, as a list of rules tells it. */
export interface Fired {
  /** Since the time that was asked for. */
  readonly times: number;
  /** Milliseconds since 1970. */
  readonly last: number;
}

/** What the rules of a project did, by rule; those that never did anything are left out. */
export async function firedSince(db: Queries, project: string, sinceMs: number): Promise<ReadonlyMap<string, Fired>> {
  const { ruleId, at, outcome } = ruleFirings;
  const rows = await db
    .select({ ruleId, last: max(at), times: sql<number>`count(*) filter (where ${gt(at, sinceMs)})`.mapWith(Number) })
    .from(ruleFirings)
    .where(and(eq(ruleFirings.project, project), eq(outcome, "done")))
    .groupBy(ruleId);
  return new Map(rows.map((row) => [row.ruleId, { times: row.times, last: row.last ?? 0 }]));
}

/** The newest firings of a project. */
export async function listFirings(db: Queries, project: string, limit: number): Promise<RuleFiring[]> {
  const found = await db
    .select()
    .from(ruleFirings)
    .where(eq(ruleFirings.project, project))
    .orderBy(desc(ruleFirings.at), desc(ruleFirings.eventId))
    .limit(limit);
  return found.map(({ ruleId, eventId, eventType, action, model, version, outcome, detail, at }) => ({
    ruleId,
    eventId,
    eventType,
    action,
    model,
    version,
    outcome,
    detail,
    at: new Date(at).toISOString(),
  }));
}
