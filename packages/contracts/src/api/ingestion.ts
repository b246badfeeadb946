/** `/api/ingestion`: what came in, what was left out and why, search. */
import { z } from "zod";
import { Sha256 } from "../artifact.ts";
import { CorpusDocument, DropReport, DroppedDocument, ListedCluster, ListedDocument } from "../formats/corpus.ts";

const count = z.number().int().nonnegative();

/** `GET /api/ingestion/runs/:run/report`; `final` once deduplication is done. */
export const RunReport = z.strictObject({
  runId: z.string(),
  final: z.boolean(),
  report: DropReport,
  /** Documents that it holds and that were forgotten, but are not taken out yet; absent where there are none. */
  erasing: z.int().positive().optional(),
});
export type RunReport = z.infer<typeof RunReport>;

/** `GET /api/ingestion/runs/:run/dropped?reason=<code, or quarantined>&under=<path>&limit=<1..200>&after=<id>`. */
export const DroppedList = z.strictObject({ documents: z.array(DroppedDocument), total: count });
export type DroppedList = z.infer<typeof DroppedList>;

/**
 * `GET /api/ingestion/runs/:run/documents?under=<path>&licence=&limit=&after=`: kept documents without their text. `under` takes those of
 * a file or of the files below a folder, `licence` those of one licence; empty, those without any.
 */
export const DocumentSummary = ListedDocument.omit({ licence: true });
export type DocumentSummary = z.infer<typeof DocumentSummary>;
export const DocumentList = z.strictObject({ documents: z.array(DocumentSummary), total: count });
export type DocumentList = z.infer<typeof DocumentList>;

/** `GET /api/ingestion/runs/:run/clusters?limit=`: clusters of duplicates by bytes saved. */
export const ClusterList = z.strictObject({ clusters: z.array(ListedCluster), total: count });
export type ClusterList = z.infer<typeof ClusterList>;

/**
 * `GET /api/ingestion/runs/:run/clusters/:representative?with=<id of a member, default: the first>`: two members of a cluster to be
 * compared. Texts are cut to their first 20,000 characters.
 */
const ComparedText = z.strictObject({ id: z.string(), source: z.string(), text: z.string(), isCut: z.boolean() });
export const ClusterPair = z.strictObject({ representative: ComparedText, member: ComparedText });
export type ClusterPair = z.infer<typeof ClusterPair>;

const amount = z.strictObject({ documents: count, bytes: count });
/**
 * `GET /api/ingestion/runs/:run/sources?under=<path>&limit=<1..100>`: what the files of a finished corpus gave, one level of folders at a
 * time, by bytes. `dropped` is all that is not kept: filtered, duplicate or quarantined.
 */
export const SourceBreakdown = z.strictObject({
  /** The folder whose entries these are: the deepest that holds all that was asked for. */
  under: z.string(),
  entries: z.array(
    z.strictObject({ path: z.string(), kind: z.enum(["folder", "file"]), kept: amount, dropped: amount }),
  ),
  /** Entries beyond the limit, together. */
  rest: z.strictObject({ entries: count, kept: amount, dropped: amount }).nullable(),
  /** Kept documents by the licence that the recipe names for their source; null where it names none. */
  licences: z.array(z.strictObject({ licence: z.string().nullable(), ...amount.shape })),
});
export type SourceBreakdown = z.infer<typeof SourceBreakdown>;

/** Where a document lies in a corpus. */
export const DocumentPlace = z.strictObject({
  runId: z.string(),
  corpusHash: z.string(),
  /** Number of the corpus shard and the byte range of the document's line in it. */
  shard: count,
  from: count,
  to: count,
});
export type DocumentPlace = z.infer<typeof DocumentPlace>;

/**
 * `GET /api/ingestion/documents/:id?corpus=<hash, default: all>`: kept or dropped, whichever it was, and every corpus it stands in. Looking
 * into one corpus costs less.
 * Of one that was forgotten, the corpora that it stood in: versions were made of them.
 */
export const DocumentView = z.discriminatedUnion("fate", [
  z.strictObject({ fate: z.literal("kept"), document: CorpusDocument, places: z.array(DocumentPlace) }),
  z.strictObject({ fate: z.literal("dropped"), document: DroppedDocument, places: z.array(DocumentPlace) }),
]);
export type DocumentView = z.infer<typeof DocumentView>;

/** `GET /api/ingestion/search?q=<words>&run=<id, default: newest>&limit=<1..50>`: passages, of which a document may have several. */
export const SearchResults = z.strictObject({
  query: z.string(),
  runId: z.string().nullable(),
  total: count,
  results: z.array(
    z.strictObject({
      documentId: z.string(),
      source: z.string(),
      title: z.string().nullable(),
      /** Plain text around the hits. */
      passage: z.string(),
      /** UTF-16 ranges of the hits in `passage`. */
      hits: z.array(z.strictObject({ start: count, end: count })),
      score: z.number(),
    }),
  ),
});
export type SearchResults = z.infer<typeof SearchResults>;

/** `POST /api/ingestion/erasures`, admins only: forgets a document of this project; answers 202 with the Erasure. */
export const ForgetDocument = z.strictObject({
  documentId: Sha256,
  /** The same key is the same request, carried out once. */
  idempotencyKey: z.string().min(1).max(200),
  /** Of the tombstone that this brings back, as after a restore. */
  earlier: z.strictObject({ at: z.iso.datetime(), by: z.string().min(1).max(200) }).optional(),
});
export type ForgetDocument = z.infer<typeof ForgetDocument>;

/** `GET /api/ingestion/erasures/:id`: a tombstone. It holds nothing of the document. */
export const Erasure = z.strictObject({
  documentId: Sha256,
  /** `failed`: what was there is still there, the log says why; asking again tries again. Runs leave the document out whatever the state. */
  state: z.enum(["pending", "done", "failed"]),
  at: z.iso.datetime(),
  /** Who asked for it. */
  by: z.string(),
  /** Told of one erasure that is pending: the run that it waits for, in words. */
  waitsFor: z.string().optional(),
});
export type Erasure = z.infer<typeof Erasure>;
/** `GET /api/ingestion/erasures?after=<document id>`: the tombstones of this project by id, at most 1000. */
export const ErasureList = z.strictObject({ erasures: z.array(Erasure) });
export type ErasureList = z.infer<typeof ErasureList>;

const Files = z.strictObject({ files: count, bytes: count });
/**
 * `POST /api/ingestion/hub-cache/garbage` with a CollectGarbage, for services and whoever holds the installation's key: what is kept of
 * models of a hub, for all projects, beside what was not used in the grace period and goes.
 */
export const HubCacheReport = z.strictObject({ kept: Files, freed: Files });
export type HubCacheReport = z.infer<typeof HubCacheReport>;
