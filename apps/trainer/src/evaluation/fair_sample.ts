/** One that may be chosen. */
export interface Candidate {
  readonly id: string;
  readonly sizeBytes: number;
}

/**
 * Chooses documents in an order by a hash of their ids until the first that does not fit any more. The choice from a choice and further
 * candidates is the choice from all of them, so candidates can come in parts.
 * @param budgetBytes Most bytes in all.
 */
export function fairSample<Document extends Candidate>(
  candidates: readonly Document[],
  budgetBytes: number,
): Document[] {
  const ranked = candidates
    .map((document) => ({ document, rank: rankOf(document.id) }))
    .sort((a, b) => a.rank - b.rank || (a.document.id < b.document.id ? -1 : 1));
  let left = budgetBytes;
  const end = ranked.findIndex(({ document }) => (left -= document.sizeBytes) < 0);
  return ranked.slice(0, end === -1 ? ranked.length : end).map(({ document }) => document);
}

/** FNV-1a over UTF-16 units with MurmurHash3's finalizer, so that near ids lie far apart. */
function rankOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
