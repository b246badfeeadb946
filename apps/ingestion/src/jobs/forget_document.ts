import { type ArtifactRef, EVENTS, Sha256 } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { defineJob } from "@millrace/service";
import { and, eq, inArray, sql } from "drizzle-orm";
import { z } from "zod";
import { requireUnread } from "../erasing.ts";
import { eraseFromCorpus, type ErasedCorpus } from "../erase_from_corpus.ts";
import { type ErasedShard, eraseFromShard } from "../erase_from_shard.ts";
import { endErasure, FORGET_DOCUMENT } from "../forgotten.ts";
import { putJson } from "../json_artifacts.ts";
import { corporaOf, type StoredCorpus } from "../runs_store.ts";
import { corpora, erasures, passages, shards } from "../tables.ts";
import { DELETE_ARTIFACTS, partsOf } from "./delete_artifacts.ts";
import { PURGE } from "./purge.ts";

interface CorpusChange {
  readonly before: StoredCorpus;
  readonly after: ErasedCorpus;
  /** The new manifest. */
  readonly corpus: ArtifactRef;
}
interface ShardChange {
  readonly before: typeof shards.$inferSelect;
  readonly after: ErasedShard;
}

/**
 * Takes everything that a document said out of the corpora, the cleaned shards and the search index of all runs. What it found in one
 * place may have changed when it writes: then it begins anew.
 */
export const forgetDocumentJob = defineJob({
  kind: FORGET_DOCUMENT,
  version: 1,
  input: z.strictObject({ documentId: Sha256, by: z.string().optional() }),
  async run({ input: { documentId: id } }, { artifacts, database, peers, project, signal }) {
    const db = database.drizzle;
    await requireUnread({ db, artifacts, peers, project }, id);
    const changed: CorpusChange[] = [];
    const unconcerned = new Set<string>();
    for await (const before of corporaOf(db, project)) {
      signal.throwIfAborted();
      const after = await eraseFromCorpus(artifacts, before.manifest, id);
      if (after === undefined) unconcerned.add(before.runId);
      else if (after) changed.push({ before, after, corpus: await putJson(artifacts, after.manifest) });
    }
    const cleaned: ShardChange[] = [];
    for (const before of await db.select().from(shards).where(eq(shards.project, project))) {
      signal.throwIfAborted();
      if (unconcerned.has(before.runId)) continue;
      const after = await eraseFromShard(artifacts, before, id);
      if (after) cleaned.push({ before, after });
    }
    return { changed, cleaned };
  },
  async completed({ changed, cleaned }, context, { input: { documentId: id, by }, key }) {
    const { db, project } = context;
    for (const change of changed) await replaceCorpus(db, project, change);
    for (const change of cleaned) await replaceShard(db, project, change);
    await db.delete(passages).where(and(eq(passages.project, project), eq(passages.documentId, id)));
    for (const { before, after } of cleaned) {
      const ofRun = and(eq(passages.project, project), eq(passages.runId, before.runId));
      await db.delete(passages).where(and(ofRun, inArray(passages.documentId, [...after.erased])));
    }
    const places = changed.flatMap(({ before: { runId }, after }) =>
      after.places.map((place) => ({ runId, ...place })),
    );
    // Of a document that a run has brought back it was done before.
    const state = "pending" as const;
    await db
      .update(erasures)
      .set({ state, places: sql`${erasures.places} || ${JSON.stringify(places)}::jsonb` })
      .where(and(eq(erasures.project, project), eq(erasures.documentId, id)));
    const replaced = [
      ...changed.flatMap(({ before }) => partsOf(before.manifest)),
      ...cleaned.flatMap(({ before }) => [before.documents, before.dropped]),
    ];
    const sha256 = [...new Set(replaced.map((ref) => ref.sha256))];
    if (sha256.length > 0) await context.startJob(DELETE_ARTIFACTS, key, { sha256 });
    await context.startJob(PURGE, key, { documentId: id });
    const runIds = [...new Set(places.map(({ runId }) => runId))];
    context.output("the document", EVENTS.documentForgotten, {
      documentId: id,
      runIds,
      ...(by !== undefined && { by }),
    });
  },
  async failed(_error, { db, project }, { input: { documentId: id } }) {
    await endErasure(db, project, id, "failed");
  },
});

async function replaceCorpus(db: Queries, project: string, { before, after, corpus }: CorpusChange): Promise<void> {
  const { manifest } = after;
  const { report } = manifest;
  const isSame = sql`${corpora.corpus} ->> 'sha256' = ${before.corpus.sha256}`;
  const row = and(eq(corpora.project, project), eq(corpora.runId, before.runId), isSame);
  const written = await db
    .update(corpora)
    .set({ manifest, corpus, report })
    .where(row)
    .returning({ runId: corpora.runId });
  requireOne(written, `the corpus of run ${before.runId}`);
}

async function replaceShard(db: Queries, project: string, { before, after }: ShardChange): Promise<void> {
  const isSame = sql`${shards.documents} ->> 'sha256' = ${before.documents.sha256}
    and ${shards.dropped} ->> 'sha256' = ${before.dropped.sha256}`;
  const row = and(eq(shards.project, project), eq(shards.runId, before.runId), eq(shards.shard, before.shard), isSame);
  const { documents, dropped, counts } = after;
  const written = await db
    .update(shards)
    .set({ documents, dropped, counts })
    .where(row)
    .returning({ runId: shards.runId });
  requireOne(written, `shard ${before.shard} of run ${before.runId}`);
}

function requireOne(written: readonly unknown[], what: string): void {
  if (written.length !== 1)
    throw new Error(`forgetting a document: ${what} has changed meanwhile, wanted it as it was`);
}
