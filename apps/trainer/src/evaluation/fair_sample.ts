/** One that may be chosen. */
export interface Candidate {
  readonly id: string;
  readonly sizeBytes: number;
}

/**
 * Chooses documents in an order by a hash of their ids until the budget is reached; the last one may go beyond it. The choice from a
 * choice and further candidates is the choice from all of them, so candidates can come in parts.
 */
export function fairSample<Document extends Candidate>(
  candidates: readonly Document[],
  budgetBytes: number,
): Document[] {
  const ranked = candidates
    .map((document) => ({ document, rank: rankOf(document.id) }))
    .sort((a, b) => a.rank - b.rank || (a.document.id < b.document.id ? -1 : 1));
  let chosenBytes = 0;
  let chosen = 0;
  while (chosen < ranked.length && chosenBytes < budgetBytes) chosenBytes += ranked[chosen++]!.document.sizeBytes;
  return ranked.slice(0, chosen).map(({ document }) => document);
}

/** FNV-1a over UTF-16 units with MurmurHash3's finalizer, so that near ids lie far apart. */
function rankOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
