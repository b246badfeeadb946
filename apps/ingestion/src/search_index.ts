/** What of a run can be searched: passages of the documents that passed. */
import { type Artifacts, readLines } from "@millrace/artifacts";
import type { ArtifactRef } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, eq, inArray } from "drizzle-orm";
import type { PassedDocument } from "./passed_document.ts";
import { type Passage, passagesOf } from "./passages.ts";
import { erasures, passages } from "./tables.ts";

const PASSAGES_AT_ONCE = 100;

/**
 * Puts the passages of a shard in the place of those that it had. Holds one document and a hundred passages at a time.
 * @param documents The shard's passed documents, JSON lines.
 */
export async function indexPassages(
  db: Queries,
  artifacts: Artifacts,
  of: { readonly project: string; readonly runId: string; readonly shard: number },
  documents: ArtifactRef,
): Promise<void> {
  const { project, runId, shard } = of;
  await db
    .delete(passages)
    .where(and(eq(passages.project, project), eq(passages.runId, runId), eq(passages.shard, shard)));
  let waiting: Passage[] = [];
  const insert = async (): Promise<void> => {
    const rows = waiting.map((passage) => ({ ...of, ...passage }));
    waiting = [];
    if (rows.length > 0) await db.insert(passages).values(rows).onConflictDoNothing();
  };
  for await (const line of readLines(await artifacts.stream(documents.sha256))) {
    for (const passage of passagesOf(JSON.parse(line) as PassedDocument)) {
      waiting.push(passage);
      if (waiting.length >= PASSAGES_AT_ONCE) await insert();
    }
  }
  await insert();
}

/** Takes out the passages of documents that were forgotten while they were cleaned. */
export async function hideForgotten(db: Queries, project: string, runId: string): Promise<void> {
  const forgotten = db.select({ id: erasures.documentId }).from(erasures).where(eq(erasures.project, project));
  await db
    .delete(passages)
    .where(and(eq(passages.project, project), eq(passages.runId, runId), inArray(passages.documentId, forgotten)));
}
