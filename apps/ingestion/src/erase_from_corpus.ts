/**
 * Takes a document out of a finished corpus. Artifacts do not change, so those that hold something of it are written again without it,
 * and the old ones are named for deletion. Where the other documents lie changes only in the shard that held it.
 */
import { type Artifacts, findSortedLine } from "@millrace/artifacts";
import {
  type ArtifactRef,
  CorpusDocument,
  type CorpusManifest,
  DocumentIndexLine,
  type DocumentPlace,
  DroppedDocument,
  type DropReport,
  ListedCluster,
  ListedDocument,
} from "@millrace/contracts";
import { byBytesSaved, byId } from "./corpus_lists.ts";
import { bytesOf, take } from "./counts.ts";
import { writeShard } from "./deduplicate.ts";
import { forgottenRecord, moveToForgotten, saysNothing } from "./forgotten.ts";
import { linesOf, putLines } from "./json_artifacts.ts";

export interface ErasedCorpus {
  readonly manifest: CorpusManifest;
  /** Where the document stood in the shards. */
  readonly places: readonly Omit<DocumentPlace, "runId">[];
}

/**
 * Writes a corpus without a document.
 * @returns Null where the corpus keeps nothing of it but that it was there, undefined where it does not know it.
 */
export async function eraseFromCorpus(
  artifacts: Artifacts,
  manifest: CorpusManifest,
  id: string,
): Promise<ErasedCorpus | null | undefined> {
  for (const [number, shard] of manifest.shards.entries()) {
    const found = await findSortedLine(artifacts, shard.index, id);
    if (!found) continue;
    const { from, to } = DocumentIndexLine.parse(found);
    const { kept, rest } = await withoutDocument(artifacts, shard.documents, id);
    const shards = manifest.shards.with(number, await writeShard(artifacts, number, rest));
    const record = forgottenRecord({ ...kept, sizeBytes: bytesOf(kept.text) });
    const report = moved(manifest.report, kept);
    return {
      manifest: await rewritten(artifacts, { ...manifest, shards, report }, record),
      places: [{ corpusHash: manifest.corpusHash, shard: number, from, to }],
    };
  }
  const line = await findSortedLine(artifacts, manifest.dropped, id);
  if (!line) return undefined;
  const left = DroppedDocument.parse(line);
  if (saysNothing(left)) return null;
  const report = moved(manifest.report, left);
  const record = forgottenRecord(left);
  return { manifest: await rewritten(artifacts, { ...manifest, report }, record, left.duplicateOf), places: [] };
}

/** Whether a corpus holds a document, or anything that was written down of what one said that was left out. */
export async function holdsDocument(artifacts: Artifacts, manifest: CorpusManifest, id: string): Promise<boolean> {
  for (const { index } of manifest.shards) if (await findSortedLine(artifacts, index, id)) return true;
  const left = await findSortedLine(artifacts, manifest.dropped, id);
  return left !== undefined && !saysNothing(DroppedDocument.parse(left));
}

async function withoutDocument(artifacts: Artifacts, documents: ArtifactRef, id: string) {
  const rest: CorpusDocument[] = [];
  let kept: CorpusDocument | undefined;
  for await (const document of linesOf(artifacts, documents, CorpusDocument)) {
    if (document.id === id) kept = document;
    else rest.push(document);
  }
  if (!kept) throw new Error(`erasing ${id}: its index names shard ${documents.sha256}, which does not hold it`);
  return { kept, rest };
}

/** The corpus with its record of what was left out, and its lists, without anything that the document said. */
async function rewritten(
  artifacts: Artifacts,
  manifest: CorpusManifest,
  record: DroppedDocument,
  duplicateOf?: string,
): Promise<CorpusManifest> {
  const { id } = record;
  const { lists, erased = 0 } = manifest;
  const dropped = [record];
  for await (const document of linesOf(artifacts, manifest.dropped, DroppedDocument)) {
    // What it stood for began like it.
    const left = document.duplicateOf === id ? { ...document, excerpt: "" } : document;
    if (document.id !== id) dropped.push(left);
  }
  const next = { ...manifest, dropped: await putLines(artifacts, dropped.sort(byId)), erased: erased + 1 };
  if (!lists) return next;
  const documents = await withoutListed(artifacts, lists.documents, id);
  const clusters = await withoutMember(artifacts, lists.clusters, record, duplicateOf);
  return { ...next, lists: { documents, ...clusters } };
}

type Lists = NonNullable<CorpusManifest["lists"]>;

async function withoutListed(artifacts: Artifacts, list: ArtifactRef, id: string): Promise<ArtifactRef> {
  const left: ListedDocument[] = [];
  for await (const document of linesOf(artifacts, list, ListedDocument)) if (document.id !== id) left.push(document);
  return putLines(artifacts, left);
}

async function withoutMember(
  artifacts: Artifacts,
  list: ArtifactRef,
  { id, sizeBytes }: DroppedDocument,
  duplicateOf: string | undefined,
): Promise<Pick<Lists, "clusters" | "clusterCount">> {
  const left: ListedCluster[] = [];
  for await (const cluster of linesOf(artifacts, list, ListedCluster)) {
    const { representative, copies, savedBytes, members } = cluster;
    if (representative !== duplicateOf) {
      if (representative !== id) left.push(cluster);
      continue;
    }
    const rest = { members: members.filter((member) => member.id !== id), savedBytes: savedBytes - sizeBytes };
    if (copies > 1) left.push({ ...cluster, ...rest, copies: copies - 1 });
  }
  return { clusters: await putLines(artifacts, left.sort(byBytesSaved)), clusterCount: left.length };
}

/** Counts the document among the forgotten ones, and no more where it was. */
function moved(report: DropReport, document: CorpusDocument | DroppedDocument): DropReport {
  const next = structuredClone(report);
  const { bytes } = next;
  const sizeBytes = "text" in document ? bytesOf(document.text) : document.sizeBytes;
  if ("text" in document) {
    next.kept -= 1;
    bytes.kept -= sizeBytes;
    const { documents, bytes: since } = next.forgottenSince ?? { documents: 0, bytes: 0 };
    next.forgottenSince = { documents: documents + 1, bytes: since + sizeBytes };
    if (document.turns !== undefined && next.conversations !== undefined) next.conversations -= 1;
    take(next.languages, document.language);
    for (const { type } of document.redactions) take(next.redactions, type);
  } else if (document.duplicateOf !== undefined) {
    next.duplicates -= 1;
    bytes.duplicates -= sizeBytes;
  }
  const wasDropped = !("text" in document) && document.duplicateOf === undefined;
  moveToForgotten(next, sizeBytes, wasDropped ? document.reasons[0]?.code : undefined);
  return next;
}
