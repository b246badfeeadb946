import { type ArtifactRef, type CorpusManifest, Sha256 } from "@millrace/contracts";
import { type Queries, rowsOf } from "@millrace/database";
import { defineJob } from "@millrace/service";
import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import { corporaOf } from "../runs_store.ts";
import { shards } from "../tables.ts";
import { PURGE } from "./purge.ts";

export const DELETE_ARTIFACTS = "delete_artifacts";

const LOOK_MS = 100;

/** Deletes what a forgotten document could be read from, and what was written again without it, as far as no row refers to it. */
export const deleteArtifactsJob = defineJob({
  kind: DELETE_ARTIFACTS,
  version: 1,
  // Until it is done: lineage names the manifest that leads to them, so gc keeps them, and nobody but this job deletes them.
  maxAttempts: Number.MAX_SAFE_INTEGER,
  input: z.strictObject({ sha256: z.array(Sha256) }),
  async run({ input }, { artifacts, database, project, now, signal }) {
    const startedAtMs = now();
    // Work that began before the document was forgotten may have stored the same bytes again and not refer to them yet.
    while (await isWriting(database.drizzle, project, startedAtMs)) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    const named = await namedArtifacts(database.drizzle, project);
    for (const sha256 of input.sha256) if (!named.has(sha256)) await artifacts.delete(sha256);
  },
  async completed() {},
  async failed(error, { log }) {
    log.error("artifacts that nothing refers to still hold a forgotten document", { error });
  },
});

async function isWriting(db: Queries, project: string, beforeMs: number): Promise<boolean> {
  const running = await rowsOf(
    db,
    sql`select 1 from ingestion.job where project = ${project} and state = 'running' and kind not in (${DELETE_ARTIFACTS}, ${PURGE})
        and created_at < ${beforeMs} limit 1`,
  );
  return running.length > 0;
}

async function namedArtifacts(db: Queries, project: string): Promise<ReadonlySet<string>> {
  const rows = await db.select().from(shards).where(eq(shards.project, project));
  const named = new Set(rows.flatMap(({ documents, dropped }) => [documents.sha256, dropped.sha256]));
  for await (const { manifest } of corporaOf(db, project)) {
    for (const { sha256 } of partsOf(manifest)) named.add(sha256);
  }
  return named;
}

/** What a corpus is made of. The manifest itself says nothing of any document, and lineage names it. */
export function partsOf({ shards: own, dropped, lists }: CorpusManifest): ArtifactRef[] {
  const listed = lists ? [lists.documents, lists.clusters] : [];
  return [...own.flatMap(({ documents, index }) => [documents, index]), dropped, ...listed];
}
