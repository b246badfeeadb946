/** Moves of protected aliases: asked for, then decided by somebody else. */
import type { ApprovalView } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, desc, eq } from "drizzle-orm";
import { approvals, protectedAliases } from "./tables.ts";

export type Approval = typeof approvals.$inferSelect;

/** Lists the protected aliases of a model. */
export async function protectedOf(db: Queries, project: string, model: string): Promise<string[]> {
  const own = and(eq(protectedAliases.project, project), eq(protectedAliases.model, model));
  const rows = await db.select().from(protectedAliases).where(own).orderBy(protectedAliases.alias);
  return rows.map(({ alias }) => alias);
}

/** Protects these aliases of a model, and no others. */
export async function protectAliases(
  db: Queries,
  project: string,
  model: string,
  aliases: readonly string[],
): Promise<void> {
  await db
    .delete(protectedAliases)
    .where(and(eq(protectedAliases.project, project), eq(protectedAliases.model, model)));
  if (aliases.length === 0) return;
  await db.insert(protectedAliases).values(aliases.map((alias) => ({ project, model, alias })));
}

/** Notes that a move is asked for. Asked for twice, it is asked for once. */
export async function askFor(
  db: Queries,
  asked: Pick<
    Approval,
    "project" | "model" | "version" | "alias" | "attempt" | "runId" | "requestedBy" | "requestedAt"
  >,
): Promise<void> {
  await db
    .insert(approvals)
    .values({ ...asked, state: "pending" })
    .onConflictDoNothing();
}

/** What was asked for last of a version and an alias, locked until the transaction ends. */
export async function lastAsked(
  db: Queries,
  project: string,
  { model, version, alias }: Pick<Approval, "model" | "version" | "alias">,
): Promise<Approval | undefined> {
  const [row] = await db
    .select()
    .from(approvals)
    .where(
      and(
        eq(approvals.project, project),
        eq(approvals.model, model),
        eq(approvals.version, version),
        eq(approvals.alias, alias),
      ),
    )
    .orderBy(desc(approvals.attempt))
    .limit(1)
    .for("update");
  return row;
}

/** Writes a decision down. */
export async function keepDecision(
  db: Queries,
  { project, model, version, alias, attempt }: Approval,
  decision: Pick<Approval, "state" | "decidedBy" | "decidedAt" | "comment">,
): Promise<Approval> {
  const [row] = await db
    .update(approvals)
    .set(decision)
    .where(
      and(
        eq(approvals.project, project),
        eq(approvals.model, model),
        eq(approvals.version, version),
        eq(approvals.alias, alias),
        eq(approvals.attempt, attempt),
      ),
    )
    .returning();
  return row as Approval;
}

const MOST = 200;

/** Lists what was asked for, newest first. */
export async function listApprovals(
  db: Queries,
  project: string,
  which: { readonly model?: string; readonly version?: number; readonly state?: Approval["state"] },
): Promise<ApprovalView[]> {
  const rows = await db
    .select()
    .from(approvals)
    .where(
      and(
        eq(approvals.project, project),
        which.model === undefined ? undefined : eq(approvals.model, which.model),
        which.version === undefined ? undefined : eq(approvals.version, which.version),
        which.state === undefined ? undefined : eq(approvals.state, which.state),
      ),
    )
    .orderBy(desc(approvals.requestedAt), desc(approvals.version), desc(approvals.attempt))
    .limit(MOST);
  return rows.map(approvalView);
}

/** As the API shows it. */
export function approvalView({ project: _project, attempt: _attempt, runId: _runId, ...row }: Approval): ApprovalView {
  return {
    ...row,
    requestedAt: new Date(row.requestedAt).toISOString(),
    decidedAt: row.decidedAt === null ? null : new Date(row.decidedAt).toISOString(),
  };
}
