/**
 * Byte-pair merging of one pretoken: the lowest-ranked adjacent pair first, the leftmost of equals, until none is left.
 * A linked list and a heap keep a pretoken of n bytes at O(n log n), so a megabyte without a space is no attack.
 *
 * @see Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units".
 */
import { createHeap } from "./heap.ts";
import { createPairTable } from "./pair_table.ts";

/** One merge rule: these two ids, side by side, become `merged`. Its rank is its place in the list. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly merged: number;
}

const NONE = -1;
// A heap key is rank * POSITIONS + position: exact in a double for 2^22 merges and 2^31 bytes.
const POSITIONS = 2 ** 31;

/**
 * Prepares merging by one list of rules.
 * @param merges In order of rank; of equal pairs the last one counts.
 * @returns A function from the ids of a pretoken's bytes to its tokens. It reuses its scratch memory, so it is not
 *   reentrant; the array it returns is new.
 */
export function createMerger(merges: readonly Merge[]): (byteIds: ArrayLike<number>) => number[] {
  const ranks = createPairTable(merges.length);
  for (const [rank, { left, right }] of merges.entries()) ranks.set(left, right, rank);
  const merged = Int32Array.from(merges, (merge) => merge.merged);
  const heap = createHeap<number>((a, b) => a < b);
  let symbols = new Int32Array(256);
  let next = new Int32Array(256);
  let previous = new Int32Array(256);

  function rankAt(position: number): number {
    const follower = next[position] ?? NONE;
    return follower === NONE ? NONE : ranks.get(symbols[position] ?? NONE, symbols[follower] ?? NONE);
  }

  function queue(position: number): void {
    const rank = rankAt(position);
    if (rank !== NONE) heap.push(rank * POSITIONS + position);
  }

  return function merge(byteIds) {
    const length = byteIds.length;
    if (length === 0) return [];
    if (length > symbols.length) {
      symbols = new Int32Array(2 * length);
      next = new Int32Array(2 * length);
      previous = new Int32Array(2 * length);
    }
    symbols.set(byteIds);
    for (let i = 0; i < length; i++) {
      next[i] = i + 1 < length ? i + 1 : NONE;
      previous[i] = i - 1;
    }
    for (let i = 0; i < length; i++) queue(i);
    for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
      const position = key % POSITIONS;
      const rank = (key - position) / POSITIONS;
      // Stale keys stay in the heap: the pair they spoke of has gone, or its left half was swallowed (symbol NONE).
      if (symbols[position] === NONE || rankAt(position) !== rank) continue;
      const follower = next[position] ?? NONE;
      const after = next[follower] ?? NONE;
      symbols[position] = merged[rank] ?? NONE;
      symbols[follower] = NONE;
      next[position] = after;
      if (after !== NONE) previous[after] = position;
      queue(position);
      const before = previous[position] ?? NONE;
      if (before !== NONE) queue(before);
    }
    const ids: number[] = [];
    for (let i = 0; i !== NONE; i = next[i] ?? NONE) ids.push(symbols[i] ?? NONE);
    return ids;
  };
}
