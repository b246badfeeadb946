import type { Counts, DroppedDocument } from "@millrace/contracts";
import type { PassedDocument } from "./passed_document.ts";
import type { ShardCounts } from "./tables.ts";

const encoder = new TextEncoder();

/** UTF-8 bytes of a text. */
export function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** Adds to a count, making it where it is missing. */
export function add(counts: Counts, key: string, amount = 1): void {
  counts[key] = (counts[key] ?? 0) + amount;
}

/** The reason under which a drop is counted: the first that was given. */
function reasonOf({ reasons }: DroppedDocument): string {
  return reasons[0]?.code ?? "unknown";
}

/**
 * Counts what became of a shard.
 * @param readBytes UTF-8 bytes of the documents that were read.
 */
export function countsOf(
  passed: readonly PassedDocument[],
  dropped: readonly DroppedDocument[],
  readBytes: number,
): ShardCounts {
  const counts = {
    read: passed.length,
    passed: passed.length,
    quarantined: 0,
    dropped: {} as Counts,
    redactions: {} as Counts,
    languages: {} as Counts,
    bytes: { read: readBytes, passed: 0, quarantined: 0, dropped: {} as Counts },
  };
  for (const document of passed) {
    counts.bytes.passed += bytesOf(document.text);
    add(counts.languages, document.language);
    for (const { type } of document.redactions) add(counts.redactions, type);
  }
  for (const document of dropped) {
    if (document.stage === "quarantine") {
      counts.quarantined += 1;
      counts.bytes.quarantined += document.sizeBytes;
      continue;
    }
    counts.read += 1;
    add(counts.dropped, reasonOf(document));
    add(counts.bytes.dropped, reasonOf(document), document.sizeBytes);
  }
  return counts;
}

/** Sums the counts of shards: a report of what is known so far, before deduplication. */
export function sumCounts(all: readonly ShardCounts[]): ShardCounts {
  const sum = countsOf([], [], 0);
  for (const counts of all) {
    for (const key of ["dropped", "redactions", "languages"] as const) {
      for (const [name, amount] of Object.entries(counts[key])) add(sum[key], name, amount);
    }
    for (const [name, amount] of Object.entries(counts.bytes.dropped)) add(sum.bytes.dropped, name, amount);
  }
  const total = (pick: (counts: ShardCounts) => number): number => all.reduce((amount, one) => amount + pick(one), 0);
  return {
    ...sum,
    read: total((one) => one.read),
    passed: total((one) => one.passed),
    quarantined: total((one) => one.quarantined),
    bytes: {
      ...sum.bytes,
      read: total((one) => one.bytes.read),
      passed: total((one) => one.bytes.passed),
      quarantined: total((one) => one.bytes.quarantined),
    },
  };
}
