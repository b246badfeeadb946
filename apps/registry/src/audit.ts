/**
 * The audit log: what was done, by whom, written in the transaction that does it. Each entry is hashed together with the hash before it,
 * so that an entry cannot be changed, taken out or moved without changing all that follow; the head tells where the log ends.
 */
import { type AuditEntry, type AuditVerification, sha256Hex } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, asc, desc, eq, gt, lt } from "drizzle-orm";
import { auditHeads, auditLog } from "./tables.ts";

/** What is told of an act. */
export interface Act {
  readonly project: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  /** What it was done to, such as `model docs`. */
  readonly target: string;
  /** Small, and no secrets. */
  readonly detail: AuditEntry["detail"];
}

/** The hash before the first entry. */
const BEGINNING = "0".repeat(64);

/** Adds an entry. Whoever else adds one to the project's log waits until the transaction ends. */
export async function recordAct(db: Queries, act: Act): Promise<void> {
  const { project } = act;
  await db.insert(auditHeads).values({ project, seq: 0, hash: BEGINNING }).onConflictDoNothing();
  const [head] = await db.select().from(auditHeads).where(eq(auditHeads.project, project)).for("update");
  // Inserted if it was not there.
  const { seq: last, hash: previous } = head as NonNullable<typeof head>;
  const entry = { ...act, seq: last + 1, detail: JSON.stringify(act.detail), previous };
  const hash = await hashOf(entry);
  await db.insert(auditLog).values({ ...entry, hash });
  await db.update(auditHeads).set({ seq: entry.seq, hash }).where(eq(auditHeads.project, project));
}

type Row = typeof auditLog.$inferSelect;

/** SHA-256 of everything in an entry but its hash, in an order of its own. */
async function hashOf({
  project,
  seq,
  at,
  actor,
  action,
  target,
  detail,
  previous,
}: Omit<Row, "hash">): Promise<string> {
  const text = JSON.stringify([project, seq, at, actor, action, target, detail, previous]);
  return sha256Hex(text);
}

/** Which entries are wanted: those before one, of somebody, of a kind, about something. */
export interface ActFilter {
  readonly before?: number | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
}

/** Lists entries of a project's log, newest first. */
export async function listActs(
  db: Queries,
  project: string,
  { before, actor, action, target }: ActFilter,
  limit: number,
): Promise<AuditEntry[]> {
  const rows = await db
    .select()
    .from(auditLog)
    .where(
      and(
        eq(auditLog.project, project),
        before === undefined ? undefined : lt(auditLog.seq, before),
        actor === undefined ? undefined : eq(auditLog.actor, actor),
        action === undefined ? undefined : eq(auditLog.action, action),
        target === undefined ? undefined : eq(auditLog.target, target),
      ),
    )
    .orderBy(desc(auditLog.seq))
    .limit(limit);
  return rows.map(({ project: _project, at, detail, ...row }) => ({
    ...row,
    at: new Date(at).toISOString(),
    detail: JSON.parse(detail) as AuditEntry["detail"],
  }));
}

const PAGE = 1000;

/** Computes a project's log again, entry by entry. */
export async function verifyAudit(db: Queries, project: string): Promise<AuditVerification> {
  const [head] = await db.select().from(auditHeads).where(eq(auditHeads.project, project));
  let [seq, previous] = [0, BEGINNING];
  for (;;) {
    const rows = await db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.project, project), gt(auditLog.seq, seq)))
      .orderBy(asc(auditLog.seq))
      .limit(PAGE);
    for (const row of rows) {
      // Entries that came after the head was read are judged the next time.
      if (row.seq > (head?.seq ?? 0)) break;
      const message = await problemOf(row, seq + 1, previous);
      if (message !== undefined) return { entries: seq, head: previous, problem: { seq: seq + 1, message } };
      [seq, previous] = [row.seq, row.hash];
    }
    if (rows.length < PAGE) break;
  }
  if (head !== undefined && (head.seq !== seq || head.hash !== previous)) {
    const message = `found the log to end after entry ${seq}, wanted entry ${head.seq} at its end`;
    return { entries: seq, head: previous, problem: { seq: seq + 1, message } };
  }
  return { entries: seq, head: previous, problem: null };
}

async function problemOf(row: Row, wanted: number, previous: string): Promise<string | undefined> {
  if (row.seq !== wanted) return `found entry ${row.seq}, wanted entry ${wanted}: what was between is gone`;
  if (row.previous !== previous) return "it does not follow the entry before it";
  return (await hashOf(row)) === row.hash ? undefined : "its content is not what was hashed when it was written";
}
