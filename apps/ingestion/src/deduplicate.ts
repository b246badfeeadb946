/**
 * The barrier of a run: all documents that passed become clusters, one of each stays, and what stays is written in its final order. It
 * depends on the set of documents alone, not on shards or on when they were cleaned.
 */
import type { Artifacts } from "@millrace/artifacts";
import type {
  ArtifactRef,
  CorpusDocument,
  CorpusManifest,
  Counts,
  DocumentIndexLine,
  DroppedDocument,
  DropReport,
} from "@millrace/contracts";
import { cluster, type DedupRecord, splitOf } from "@millrace/corpus";
import { CLEANING_STEPS, excerptOf } from "./clean_document.ts";
import { byId, openLists } from "./corpus_lists.ts";
import { add, bytesOf, sumCounts } from "./counts.ts";
import { forgottenRecord, isForgotten, moveToForgotten, saysNothing } from "./forgotten.ts";
import { linesOf, putLines } from "./json_artifacts.ts";
import { LeftDocument, PassedDocument } from "./passed_document.ts";
import { sha256 } from "./read_source.ts";
import type { ShardCounts } from "./tables.ts";

export interface CleanedShard {
  readonly documents: ArtifactRef;
  readonly dropped: ArtifactRef;
  readonly counts: ShardCounts;
}

export interface DeduplicateOptions {
  readonly policy: string;
  readonly validationFraction: number;
  readonly sources: {
    readonly count: number;
    readonly sizeBytes: number;
    readonly skipped: DropReport["skipped"];
  };
  /** Documents that do not stay, whatever they are: nothing of them is kept. */
  readonly forgotten: ReadonlySet<string>;
  /** Files that the source list set aside. */
  readonly quarantined: readonly DroppedDocument[];
  /** Called after each reading of a document with how many are done, and of how many: all are read twice. */
  readonly reached: (done: number, total: number) => Promise<void>;
}

export interface Deduplicated {
  readonly manifest: CorpusManifest;
  /** Ids of the documents that do not stay. */
  readonly duplicates: readonly string[];
  /** Of forgotten ones whose text was still among what passed. */
  readonly forgotten: readonly string[];
}

const encoder = new TextEncoder();
/**
 * Text of a shard of the corpus, which is held to be sorted. Only what one file gives can be more than that: JSON lines, and what was
 * compressed.
 */
const SHARD_BYTES = 16 * 1024 * 1024;

/** Deduplicates the cleaned shards of a run and writes the corpus. */
export async function deduplicate(
  artifacts: Artifacts,
  shards: readonly CleanedShard[],
  options: DeduplicateOptions,
): Promise<Deduplicated> {
  const counts = sumCounts(shards.map((shard) => shard.counts));
  let readings = 0;
  const reached = (): Promise<void> => options.reached((readings += 1), 2 * counts.passed);
  const records: DedupRecord[] = [];
  const conversations = new Set<string>();
  const placed = new Map<string, Split>();
  for (const shard of shards) {
    for await (const { id, exact, signature, turns, split, whole } of passedOf(artifacts, shard)) {
      await reached();
      if (!isForgotten(options.forgotten, { id, whole })) {
        records.push({ id, admitted: 0, exact, signature: Uint32Array.from(signature) });
        if (turns !== undefined) conversations.add(id);
        if (split !== undefined) placed.set(id, split);
      }
    }
  }
  const clustered = cluster(records);
  const standsFor = new Map(clustered.map(({ id, duplicateOf }) => [id, duplicateOf]));
  const sizes = new Map<string, number>();
  for (const one of clustered) sizes.set(one.cluster, (sizes.get(one.cluster) ?? 0) + 1);
  const splits = splitsOf([...sizes.keys()], placed, conversations, options.validationFraction);

  const written: CorpusManifest["shards"] = [];
  const dropped: DroppedDocument[] = [...options.quarantined];
  const kept = { documents: 0, conversations: 0, bytes: 0, languages: {} as Counts, redactions: {} as Counts };
  const duplicates = { ids: [] as string[], bytes: 0 };
  const lists = openLists();
  const forgotten: string[] = [];
  const forget = (document: Parameters<typeof forgottenRecord>[0], code?: string): DroppedDocument => {
    moveToForgotten(counts, document.sizeBytes, code);
    return forgottenRecord(document);
  };
  for (const shard of shards) {
    let documents: CorpusDocument[] = [];
    let bytes = 0;
    const before = written.length;
    const write = async (): Promise<void> => {
      written.push(await writeShard(artifacts, written.length, documents.sort(byId)));
      [documents, bytes] = [[], 0];
    };
    for await (const { whole, ...document } of linesOf(artifacts, shard.dropped, LeftDocument)) {
      const isKnown = !isForgotten(options.forgotten, { id: document.id, whole }) || saysNothing(document);
      dropped.push(isKnown ? document : forget(document, document.reasons[0]?.code));
    }
    for await (const { exact: _exact, signature: _signature, whole, ...document } of passedOf(artifacts, shard)) {
      await reached();
      const sizeBytes = bytesOf(document.text);
      if (isForgotten(options.forgotten, { id: document.id, whole })) {
        dropped.push(forget({ ...document, sizeBytes }));
        forgotten.push(document.id);
        continue;
      }
      const duplicateOf = standsFor.get(document.id);
      if (typeof duplicateOf === "string") {
        dropped.push(duplicate(document, duplicateOf, sizeBytes));
        duplicates.ids.push(document.id);
        duplicates.bytes += sizeBytes;
        continue;
      }
      if (bytes > 0 && bytes + sizeBytes > SHARD_BYTES) await write();
      const split = splits.get(document.id) ?? "train";
      const staying = { ...document, split, clusterSize: sizes.get(document.id) ?? 1 };
      documents.push(staying);
      lists.kept(staying, sizeBytes);
      bytes += sizeBytes;
      kept.documents += 1;
      if (document.turns !== undefined) kept.conversations += 1;
      kept.bytes += sizeBytes;
      add(kept.languages, document.language);
      for (const { type } of document.redactions) add(kept.redactions, type);
    }
    if (documents.length > 0 || written.length === before) await write();
  }

  const setAside = options.quarantined;
  const report: DropReport = {
    sources: options.sources.count,
    read: counts.read + setAside.length,
    kept: kept.documents,
    ...(kept.conversations > 0 && { conversations: kept.conversations }),
    duplicates: duplicates.ids.length,
    quarantined: counts.quarantined + setAside.length,
    dropped: counts.dropped,
    redactions: kept.redactions,
    bytes: {
      sources: options.sources.sizeBytes,
      read: counts.bytes.read,
      kept: kept.bytes,
      duplicates: duplicates.bytes,
      quarantined: counts.bytes.quarantined + setAside.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      dropped: counts.bytes.dropped,
    },
    languages: kept.languages,
    ...(options.sources.skipped !== undefined && { skipped: options.sources.skipped }),
  };
  const manifest: CorpusManifest = {
    version: 1,
    policy: options.policy,
    shards: written,
    dropped: await putLines(artifacts, dropped.sort(byId)),
    lists: await lists.store(artifacts, dropped),
    report,
    steps: [...CLEANING_STEPS, "deduplicate@1"],
    corpusHash: await sha256(encoder.encode(written.map(({ documents }) => `${documents.sha256}\n`).join(""))),
  };
  return { manifest, duplicates: duplicates.ids, forgotten };
}

function passedOf(artifacts: Artifacts, shard: CleanedShard): AsyncGenerator<PassedDocument> {
  return linesOf(artifacts, shard.documents, PassedDocument);
}

type Split = CorpusDocument["split"];

/**
 * The sides of clusters: what the place of their representatives says, else their ids. Both sides get at least one cluster where there are two, so that a folder of five files trains; and one of conversations where there
 * are two of those, since what answers are learnt from is measured on answers. Where places say the sides, it is the first or the last part
 * that goes over: what comes last is held out, also when the last parts have been left out.
 * @param placed In the order of the files.
 */
function splitsOf(
  clusters: readonly string[],
  placed: ReadonlyMap<string, Split>,
  conversations: ReadonlySet<string>,
  fraction: number,
): Map<string, Split> {
  const splits = new Map(clusters.map((id) => [id, placed.get(id) ?? splitOf(id, fraction)] as const));
  for (const ids of [clusters, clusters.filter((id) => conversations.has(id))]) {
    const [least] = [...ids].sort();
    const here = new Set(ids);
    const parts = [...placed.keys()].filter((id) => here.has(id));
    for (const side of ["train", "validation"] as const) {
      const isEmpty = ids.length > 1 && ids.every((id) => splits.get(id) !== side);
      const over = (side === "train" ? parts[0] : parts.at(-1)) ?? least;
      if (isEmpty && over !== undefined) splits.set(over, side);
    }
  }
  return splits;
}

function duplicate(
  { id, source, title, text }: Omit<PassedDocument, "exact" | "signature" | "whole">,
  duplicateOf: string,
  sizeBytes: number,
): DroppedDocument {
  const reasons = [{ code: "duplicate", detail: `says what ${duplicateOf} says` }];
  const named = title === undefined ? {} : { title };
  return { id, source, ...named, stage: "deduplicate", reasons, duplicateOf, sizeBytes, excerpt: excerptOf(text) };
}

/** Stores a shard's documents, in their order, and the index of where each line lies. */
export async function writeShard(
  artifacts: Artifacts,
  number: number,
  documents: readonly CorpusDocument[],
): Promise<CorpusManifest["shards"][number]> {
  const lines: DocumentIndexLine[] = [];
  let at = 0;
  for (const document of documents) {
    const to = at + bytesOf(JSON.stringify(document)) + 1;
    lines.push({ id: document.id, source: document.source, shard: number, from: at, to });
    at = to;
  }
  const stored = await putLines(artifacts, documents);
  return {
    documents: stored,
    count: documents.length,
    sizeBytes: stored.sizeBytes,
    index: await putLines(artifacts, lines),
  };
}
