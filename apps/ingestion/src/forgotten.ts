/** Documents that nobody may keep any more, whatever the sources hold. */
import type { Counts, DocumentPlace, DroppedDocument } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, eq, sql } from "drizzle-orm";
import type { Cleaned } from "./cleaner.ts";
import { add, take } from "./counts.ts";
import type { LeftDocument } from "./passed_document.ts";
import { erasures } from "./tables.ts";

/** Kind of the job that takes one out of everything. */
export const FORGET_DOCUMENT = "forget_document";

/** The reason code under which they are counted. */
const FORGOTTEN = "forgotten";

/**
 * Work that writes documents down and the forgetting of one take turns, until the transaction ends. Then either the work finds the
 * tombstone, or what the tombstone sets in motion finds the work's rows.
 * @param who Those that write down do not wait for each other.
 */
export async function takeTurns(db: Queries, project: string, who: "writing down" | "forgetting"): Promise<void> {
  const lock = sql`hashtext(${`ingestion erasures of ${project}`})`;
  await db.execute(
    who === "forgetting"
      ? sql`select pg_advisory_xact_lock(${lock})`
      : sql`select pg_advisory_xact_lock_shared(${lock})`,
  );
}

/** Ids of a project's forgotten documents. */
export async function forgottenIds(db: Queries, project: string): Promise<ReadonlySet<string>> {
  const rows = await db.select({ id: erasures.documentId }).from(erasures).where(eq(erasures.project, project));
  return new Set(rows.map(({ id }) => id));
}

/** Whether a document was forgotten, or the file that it is a part of. */
export function isForgotten(
  forgotten: ReadonlySet<string>,
  { id, whole }: Pick<LeftDocument, "id" | "whole">,
): boolean {
  return forgotten.has(id) || (whole !== undefined && forgotten.has(whole));
}

/** Says how an erasure has ended. */
export async function endErasure(db: Queries, project: string, id: string, state: "done" | "failed"): Promise<void> {
  await db
    .update(erasures)
    .set({ state })
    .where(and(eq(erasures.project, project), eq(erasures.documentId, id)));
}

/** Where a document stood that was erased. */
export async function erasedPlaces(db: Queries, project: string, id: string): Promise<DocumentPlace[]> {
  const [row] = await db
    .select({ places: erasures.places })
    .from(erasures)
    .where(and(eq(erasures.project, project), eq(erasures.documentId, id)));
  return row?.places ?? [];
}

/** What is kept of a forgotten document: where it lay and how large it was, nothing that it said. */
export function forgottenRecord({
  id,
  source,
  sizeBytes,
}: Pick<DroppedDocument, "id" | "source" | "sizeBytes">): DroppedDocument {
  return { id, source, stage: "filter", reasons: [{ code: FORGOTTEN }], sizeBytes, excerpt: "" };
}

/** Whether a document that was left out is one of these already. What could not be read holds no text either. */
export function saysNothing({ stage, reasons: [reason] }: DroppedDocument): boolean {
  return stage === "quarantine" || reason?.code === FORGOTTEN;
}

interface Drops {
  readonly dropped: Counts;
  readonly bytes: { readonly dropped: Counts };
}

/**
 * Counts a document among the forgotten ones.
 * @param code Under which it was counted among the dropped; absent where it was not.
 */
export function moveToForgotten({ dropped, bytes }: Drops, sizeBytes: number, code?: string): void {
  if (code !== undefined) {
    take(dropped, code);
    take(bytes.dropped, code, sizeBytes);
  }
  add(dropped, FORGOTTEN);
  add(bytes.dropped, FORGOTTEN, sizeBytes);
}

/** What became of a document, if it was forgotten. */
export function asForgotten(cleaned: Cleaned): Cleaned {
  if (!cleaned.passed) {
    return saysNothing(cleaned.dropped) ? cleaned : { passed: false, dropped: forgottenRecord(cleaned.dropped) };
  }
  const { document, readBytes } = cleaned;
  return { passed: false, dropped: forgottenRecord({ ...document, sizeBytes: readBytes }) };
}
