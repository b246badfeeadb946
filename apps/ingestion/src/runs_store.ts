import type { ArtifactRef, CorpusManifest, DropReport } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, asc, desc, eq, sql } from "drizzle-orm";
import { sumCounts } from "./counts.ts";
import { corpora, plans, shards } from "./tables.ts";

/** The report of a run as far as it is known; undefined before its source list is. */
export async function reportOf(
  db: Queries,
  project: string,
  runId: string,
): Promise<{ final: boolean; report: DropReport } | undefined> {
  const corpus = await corpusOf(db, project, runId);
  if (corpus) return { final: true, report: corpus.manifest.report };
  const [plan] = await db
    .select()
    .from(plans)
    .where(and(eq(plans.project, project), eq(plans.runId, runId)));
  if (!plan) return undefined;
  const rows = await shardsOf(db, project, runId);
  const { read, passed, quarantined, dropped, redactions, languages, bytes } = sumCounts(rows.map((row) => row.counts));
  return {
    final: false,
    report: {
      sources: plan.sources,
      read: read + plan.quarantined,
      kept: passed,
      duplicates: 0,
      quarantined: quarantined + plan.quarantined,
      dropped,
      redactions,
      bytes: {
        sources: plan.sizeBytes,
        read: bytes.read,
        kept: bytes.passed,
        duplicates: 0,
        quarantined: bytes.quarantined,
        dropped: bytes.dropped,
      },
      languages,
    },
  };
}

/** Cleaned shards of a run, in order. */
export function shardsOf(db: Queries, project: string, runId: string) {
  return db
    .select()
    .from(shards)
    .where(and(eq(shards.project, project), eq(shards.runId, runId)))
    .orderBy(asc(shards.shard));
}

export interface StoredCorpus {
  readonly runId: string;
  /** Of the manifest. */
  readonly corpus: ArtifactRef;
  readonly manifest: CorpusManifest;
}

/** The finished corpus of a run. */
export async function corpusOf(db: Queries, project: string, runId: string): Promise<StoredCorpus | undefined> {
  const [row] = await db
    .select()
    .from(corpora)
    .where(and(eq(corpora.project, project), eq(corpora.runId, runId)));
  return row;
}

/**
 * Finished corpora, newest first, one at a time: a manifest can be large, and nobody knows how many there are.
 * @param corpusHash Only those of this hash; by default all.
 */
export async function* corporaOf(db: Queries, project: string, corpusHash?: string): AsyncGenerator<StoredCorpus> {
  const ofHash = corpusHash === undefined ? undefined : sql`${corpora.manifest} ->> 'corpusHash' = ${corpusHash}`;
  const rows = await db
    .select({ runId: corpora.runId })
    .from(corpora)
    .where(and(eq(corpora.project, project), ofHash))
    .orderBy(desc(corpora.createdAt), desc(corpora.runId));
  for (const { runId } of rows) {
    const corpus = await corpusOf(db, project, runId);
    if (corpus) yield corpus;
  }
}

/** Whether a run has frozen its source list. */
export async function hasRead(db: Queries, project: string, runId: string): Promise<boolean> {
  const rows = await db
    .select({ runId: plans.runId })
    .from(plans)
    .where(and(eq(plans.project, project), eq(plans.runId, runId)));
  return rows.length > 0;
}

/** The frozen source list of a run. */
export async function planOf(db: Queries, project: string, runId: string): Promise<ArtifactRef | undefined> {
  const [row] = await db
    .select({ plan: plans.plan })
    .from(plans)
    .where(and(eq(plans.project, project), eq(plans.runId, runId)));
  return row?.plan;
}

/** The run whose source list was frozen last. */
export async function newestRun(db: Queries, project: string): Promise<string | undefined> {
  const [row] = await db
    .select({ runId: plans.runId })
    .from(plans)
    .where(eq(plans.project, project))
    .orderBy(desc(plans.createdAt))
    .limit(1);
  return row?.runId;
}
