import type { ArtifactRef, CorpusManifest, Counts, DocumentPlace, DropReport, Erasure } from "@millrace/contracts";
import { sql } from "drizzle-orm";
import { bigint, customType, index, integer, jsonb, pgSchema, primaryKey, text } from "drizzle-orm/pg-core";

/** Exported for drizzle-kit, which makes the schema only when it sees it. */
export const schema = pgSchema("ingestion");

const project = () => text("project").notNull();
const runId = () => text("run_id").notNull();
const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

/** The frozen source list of a run. */
export const plans = schema.table(
  "plan",
  {
    project: project(),
    runId: runId(),
    plan: jsonb("plan").$type<ArtifactRef>().notNull(),
    shards: integer("shards").notNull(),
    sources: integer("sources").notNull(),
    sizeBytes: bigint("size_bytes", { mode: "number" }).notNull(),
    quarantined: integer("quarantined").notNull(),
    createdAt: bigint("created_at", { mode: "number" }).notNull(),
    /** When the progress of cleaning was told last, whichever process did. */
    toldAt: bigint("told_at", { mode: "number" }).notNull().default(0),
    /** Files it was told of then. */
    toldFiles: integer("told_files").notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId] })],
);

/** Files of a shard that are cleaned, while it is being cleaned and after. */
export const cleanedFiles = schema.table(
  "cleaned_files",
  {
    project: project(),
    runId: runId(),
    shard: integer("shard").notNull(),
    files: integer("files").notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId, table.shard] })],
);

/** What became of one shard of the source list, and of how many bytes. */
export interface ShardCounts {
  read: number;
  passed: number;
  quarantined: number;
  readonly dropped: Counts;
  readonly redactions: Counts;
  readonly languages: Counts;
  readonly bytes: { read: number; passed: number; quarantined: number; readonly dropped: Counts };
}

export const shards = schema.table(
  "shard",
  {
    project: project(),
    runId: runId(),
    shard: integer("shard").notNull(),
    documents: jsonb("documents").$type<ArtifactRef>().notNull(),
    dropped: jsonb("dropped").$type<ArtifactRef>().notNull(),
    counts: jsonb("counts").$type<ShardCounts>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId, table.shard] })],
);

export const corpora = schema.table(
  "corpus",
  {
    project: project(),
    runId: runId(),
    corpus: jsonb("corpus").$type<ArtifactRef>().notNull(),
    manifest: jsonb("manifest").$type<CorpusManifest>().notNull(),
    report: jsonb("report").$type<DropReport>().notNull(),
    createdAt: bigint("created_at", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId] })],
);

/** The search index: passages of the documents that passed, until deduplication takes the duplicates out. */
export const passages = schema.table(
  "passage",
  {
    project: project(),
    runId: runId(),
    documentId: text("document_id").notNull(),
    place: integer("place").notNull(),
    shard: integer("shard").notNull(),
    source: text("source").notNull(),
    title: text("title"),
    passage: text("passage").notNull(),
    words: tsvector("words")
      .notNull()
      .generatedAlwaysAs(sql`to_tsvector('english', coalesce(title, '') || ' ' || passage)`),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.runId, table.documentId, table.place] }),
    index().using("gin", table.words),
  ],
);

/** Tombstones of documents that were forgotten: no run keeps them again. */
export const erasures = schema.table(
  "erasure",
  {
    project: project(),
    documentId: text("document_id").notNull(),
    state: text("state").$type<Erasure["state"]>().notNull(),
    by: text("by").notNull(),
    /** Where it stood, which is how versions that were made of it are found. */
    places: jsonb("places").$type<DocumentPlace[]>().notNull(),
    createdAt: bigint("created_at", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.documentId] })],
);
