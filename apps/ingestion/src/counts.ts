import type { Counts, DroppedDocument } from "@millrace/contracts";
import type { Cleaned } from "./cleaner.ts";
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

/** Takes from a count, and the count away with the last of it. */
export function take(counts: Counts, key: string, amount = 1): void {
  const rest = (counts[key] ?? 0) - amount;
  if (rest > 0) counts[key] = rest;
  else delete counts[key];
}

/** The reason under which a drop is counted: the first that was given. */
function reasonOf({ reasons }: DroppedDocument): string {
  return reasons[0]?.code ?? "unknown";
}

/** Counts of nothing. */
export function noCounts(): ShardCounts {
  return {
    read: 0,
    passed: 0,
    quarantined: 0,
    dropped: {},
    redactions: {},
    languages: {},
    bytes: { read: 0, passed: 0, quarantined: 0, dropped: {} },
  };
}

/** Adds what became of one document. Of all counts, only bytes of what could be read tell nothing of the quarantined. */
export function count(counts: ShardCounts, cleaned: Cleaned): void {
  counts.read += 1;
  if (cleaned.passed) {
    const { document, readBytes } = cleaned;
    counts.passed += 1;
    counts.bytes.read += readBytes;
    counts.bytes.passed += bytesOf(document.text);
    add(counts.languages, document.language);
    for (const { type } of document.redactions) add(counts.redactions, type);
    return;
  }
  const { stage, sizeBytes } = cleaned.dropped;
  if (stage === "quarantine") {
    counts.quarantined += 1;
    counts.bytes.quarantined += sizeBytes;
    return;
  }
  counts.bytes.read += sizeBytes;
  add(counts.dropped, reasonOf(cleaned.dropped));
  add(counts.bytes.dropped, reasonOf(cleaned.dropped), sizeBytes);
}

/** Sums the counts of shards: a report of what is known so far, before deduplication. */
export function sumCounts(all: readonly ShardCounts[]): ShardCounts {
  const sum = noCounts();
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
