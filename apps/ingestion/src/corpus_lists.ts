/** What pages show of a corpus, gathered while it is written: its documents by id, its clusters by bytes saved. */
import { type Artifacts, compareBytes } from "@millrace/artifacts";
import type {
  CorpusDocument,
  CorpusManifest,
  DroppedDocument,
  ListedCluster,
  ListedDocument,
} from "@millrace/contracts";
import { putLines } from "./json_artifacts.ts";

const MOST_MEMBERS = 50;

export interface CorpusLists {
  /** Lists a document that stays. */
  kept(document: CorpusDocument, sizeBytes: number): void;
  store(artifacts: Artifacts, dropped: readonly DroppedDocument[]): Promise<NonNullable<CorpusManifest["lists"]>>;
}

const encoder = new TextEncoder();

/** Sorts by id, compared as bytes. */
export function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return compareBytes(encoder.encode(left.id), encoder.encode(right.id));
}

/** Begins the lists of a corpus. Holds some 300 bytes for each document. */
export function openLists(): CorpusLists {
  const documents: ListedDocument[] = [];
  const sources = new Map<string, string>();
  return {
    kept({ id, source, title, language, licence, split, redactions, clusterSize }, sizeBytes) {
      const named = licence === undefined ? {} : { licence };
      const facts = { id, source, title: title ?? null, language, ...named, split, sizeBytes };
      documents.push({ ...facts, redactions: redactions.length });
      if (clusterSize > 1) sources.set(id, source);
    },
    async store(artifacts, dropped) {
      const clusters = clustersOf(dropped, sources);
      return {
        documents: await putLines(artifacts, documents.sort(byId)),
        clusters: await putLines(artifacts, clusters),
        clusterCount: clusters.length,
      };
    },
  };
}

/** Clusters of what was left out, most bytes saved first. */
function clustersOf(dropped: readonly DroppedDocument[], sources: ReadonlyMap<string, string>): ListedCluster[] {
  const clusters = new Map<string, ListedCluster>();
  for (const { duplicateOf: representative, id, source, sizeBytes, excerpt } of dropped) {
    if (representative === undefined) continue;
    const cluster = clusters.get(representative) ?? {
      representative,
      source: sources.get(representative) ?? "",
      savedBytes: 0,
      copies: 0,
      members: [],
    };
    cluster.savedBytes += sizeBytes;
    cluster.copies += 1;
    if (cluster.members.length < MOST_MEMBERS) cluster.members.push({ id, source, sizeBytes, excerpt });
    clusters.set(representative, cluster);
  }
  return [...clusters.values()].sort(byBytesSaved);
}

/** Sorts clusters, most bytes saved first. */
export function byBytesSaved(left: ListedCluster, right: ListedCluster): number {
  return right.savedBytes - left.savedBytes || (left.representative < right.representative ? -1 : 1);
}
