import type { ArtifactRef } from "../artifact.ts";
import type { CorpusDocument, CorpusManifest } from "../formats/corpus.ts";
import { sha256Hex } from "../sha256.ts";

const WORDS =
  "the mill race turns the wheel and the wheel turns the stones while the water runs down to the ford".split(" ");

/** Where artifacts are put; as the artifacts port has it. */
interface ArtifactSink {
  put(content: Uint8Array, mediaType: string): Promise<ArtifactRef>;
}

/** A corpus that was stored. */
export interface SampleCorpus {
  /** Its CorpusManifest. */
  readonly corpus: ArtifactRef;
  readonly corpusHash: string;
  /** Its documents, shard by shard. */
  readonly shards: readonly (readonly CorpusDocument[])[];
}

/** A document of repeating words; every fifth is for validation. The same arguments give the same document. */
export function sampleDocument(number: number, words: number): CorpusDocument {
  return {
    id: `doc-${String(number).padStart(4, "0")}`,
    text: Array.from({ length: words }, (_, at) => WORDS[(at * (1 + (number % 7)) + number) % WORDS.length]).join(" "),
    source: `notes/${number}.md`,
    split: number % 5 === 0 ? "validation" : "train",
    language: "en",
    redactions: [],
    signals: {},
    clusterSize: 1,
  };
}

/** Stores documents as a corpus of two shards, as ingestion would, with nothing dropped. */
export async function storeCorpus(
  artifacts: ArtifactSink,
  documents: readonly CorpusDocument[],
): Promise<SampleCorpus> {
  const put = (text: string, mediaType: string) => artifacts.put(new TextEncoder().encode(text), mediaType);
  const half = Math.ceil(documents.length / 2);
  const parts = [documents.slice(0, half), documents.slice(half)];
  const empty = await put("", "application/jsonl");
  const shards: CorpusManifest["shards"] = [];
  for (const part of parts) {
    const stored = await put(part.map((one) => `${JSON.stringify(one)}\n`).join(""), "application/jsonl");
    shards.push({ documents: stored, count: part.length, sizeBytes: stored.sizeBytes, index: empty });
  }
  const kept = documents.reduce((sum, { text }) => sum + new TextEncoder().encode(text).length, 0);
  const count = documents.length;
  const conversations = documents.filter(({ turns }) => turns !== undefined).length;
  const none = { duplicates: 0, quarantined: 0, dropped: {} };
  const corpusHash = await sha256Hex(JSON.stringify(documents));
  const manifest: CorpusManifest = {
    version: 1,
    policy: "minimal",
    shards,
    dropped: empty,
    report: {
      ...none,
      sources: count,
      read: count,
      kept: count,
      ...(conversations > 0 && { conversations }),
      redactions: {},
      bytes: { ...none, sources: kept, read: kept, kept },
      languages: { en: count },
    },
    steps: [],
    corpusHash,
  };
  return { corpus: await put(JSON.stringify(manifest), "application/json"), corpusHash, shards: parts };
}
