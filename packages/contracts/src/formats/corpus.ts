/** Files of a cleaned corpus: the manifest, shards of documents (JSON lines), and the record of what was dropped. */
import { z } from "zod";
import { ArtifactRef, Sha256 } from "../artifact.ts";
import { SkippedFiles } from "./skipped_files.ts";

const count = z.number().int().nonnegative();
/** Counts by reason code or type name. */
export const Counts = z.record(z.string(), count);
export type Counts = z.infer<typeof Counts>;

/** A kept document, one JSON line of a corpus shard. */
export const CorpusDocument = z.strictObject({
  id: z.string(),
  text: z.string(),
  source: z.string(),
  split: z.enum(["train", "validation"]),
  language: z.string(),
  licence: z.string().optional(),
  title: z.string().optional(),
  /** Masks in `text`, UTF-16 offsets, in order. */
  redactions: z.array(z.strictObject({ type: z.string(), start: count, end: count })),
  signals: z.record(z.string(), z.number()),
  /** Of a conversation: where in `text` each message stands, UTF-16 offsets, in order. */
  turns: z
    .array(
      z.strictObject({
        role: z.enum(["system", "user", "assistant"]),
        start: count,
        end: count,
        /** Of an answer that is no example to follow. */
        learnt: z.literal(false).optional(),
      }),
    )
    .optional(),
  /** How many documents the cluster held before deduplication, this one included. */
  clusterSize: count,
});
export type CorpusDocument = z.infer<typeof CorpusDocument>;

/** A document that was left out, one JSON line of the drop record. */
export const DroppedDocument = z.strictObject({
  id: z.string(),
  source: z.string(),
  title: z.string().optional(),
  stage: z.enum(["quarantine", "filter", "language", "deduplicate"]),
  reasons: z.array(
    z.strictObject({
      code: z.string(),
      signal: z.string().optional(),
      value: z.number().optional(),
      threshold: z.number().optional(),
      detail: z.string().optional(),
    }),
  ),
  /** The kept document that stands for this one. */
  duplicateOf: z.string().optional(),
  sizeBytes: count,
  /** The beginning of the scrubbed text, at most 400 characters. */
  excerpt: z.string().max(400),
});
export type DroppedDocument = z.infer<typeof DroppedDocument>;

/** A kept document without its text, one JSON line of a corpus' list of documents. */
export const ListedDocument = z.strictObject({
  id: z.string(),
  source: z.string(),
  title: z.string().nullable(),
  language: z.string(),
  licence: z.string().optional(),
  split: z.enum(["train", "validation"]),
  sizeBytes: count,
  redactions: count,
});
export type ListedDocument = z.infer<typeof ListedDocument>;

/** Documents that say the same, one JSON line of a corpus' list of clusters. */
export const ListedCluster = z.strictObject({
  /** The document that stayed. */
  representative: z.string(),
  source: z.string(),
  savedBytes: count,
  /** How many did not stay. */
  copies: count,
  /** Of those, the 50 with the least ids at most. */
  members: z
    .array(z.strictObject({ id: z.string(), source: z.string(), sizeBytes: count, excerpt: z.string() }))
    .max(50),
});
export type ListedCluster = z.infer<typeof ListedCluster>;

/** Where each document went; the report, the race and the waterfall are drawn from it. */
export const DropReport = z.strictObject({
  sources: count,
  /** All that were come to: kept, duplicates, dropped and quarantined together. */
  read: count,
  kept: count,
  /** Kept when the corpus was made and forgotten since: now among those that are dropped as forgotten. Absent: none. */
  forgottenSince: z.strictObject({ documents: count, bytes: count }).optional(),
  /** Of the kept ones, those that are conversations. Absent: none. */
  conversations: count.optional(),
  duplicates: count,
  quarantined: count,
  dropped: Counts,
  redactions: Counts,
  bytes: z.strictObject({
    sources: count,
    read: count,
    kept: count,
    duplicates: count,
    quarantined: count,
    dropped: Counts,
  }),
  languages: Counts,
  /** Among the sources, and never read. Absent: nothing was, or it was not counted. */
  skipped: SkippedFiles.optional(),
});
export type DropReport = z.infer<typeof DropReport>;

export const CorpusManifest = z.strictObject({
  version: z.literal(1),
  policy: z.string(),
  /** In order of shard number. */
  shards: z.array(z.strictObject({ documents: ArtifactRef, count, sizeBytes: count, index: ArtifactRef })),
  dropped: ArtifactRef,
  /** What pages show is read from these, so that it costs a page and not the corpus. Absent in corpora of before there were any. */
  lists: z
    .strictObject({
      /** By id. */
      documents: ArtifactRef,
      /** Most bytes saved first. */
      clusters: ArtifactRef,
      clusterCount: count,
    })
    .optional(),
  report: DropReport,
  /** Name and version of every step that made it. */
  steps: z.array(z.string()),
  /** SHA-256 over the shards' hashes, one a line, in order: the corpus' identity, also after documents were erased from it. */
  corpusHash: Sha256,
  /** Documents that were erased since the corpus was made: the shards do not hold them any more. Absent: none. */
  erased: count.optional(),
});
export type CorpusManifest = z.infer<typeof CorpusManifest>;
