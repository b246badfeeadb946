/**
 * Learns byte-pair merges from counted words. Counts are kept up to date under each merge, and a heap gives the most
 * frequent pair, so a merge costs the words that hold it and not the vocabulary.
 *
 * Ties go to the smaller left id, then the smaller right id: a total order, so the result depends on the counts alone.
 */
import { createHeap } from "./heap.ts";
import type { Merge } from "./merge.ts";
import { createPairTable } from "./pair_table.ts";

/** One distinct word of the corpus: its symbols, and how often it occurs (exact up to 2^53). */
export interface CountedWord {
  readonly symbols: Int32Array;
  readonly count: number;
}

interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
  /** Indices of the words that hold it, or held it. */
  readonly words: number[];
}

/** A pair as it stood when it was queued. */
interface Entry {
  readonly pair: Pair;
  readonly count: number;
}

/** Gives one merge after another. */
export interface PairLearner {
  /** Pair to merge next, or undefined if none occurs `minimumCount` times. */
  best(): Pick<Pair, "left" | "right"> | undefined;
  /** Merges a pair given by best() in all words. */
  apply(merge: Merge): void;
}

/** Replaces the pair in one word, left to right. */
function replacePair(symbols: Int32Array, { left, right, merged }: Merge): Int32Array {
  let length = 0;
  for (let i = 0; i < symbols.length; i++) {
    const matches = symbols[i] === left && i + 1 < symbols.length && symbols[i + 1] === right;
    symbols[length++] = matches ? merged : (symbols[i] ?? 0);
    if (matches) i++;
  }
  return symbols.subarray(0, length);
}

/**
 * Prepares learning.
 * @param words Distinct words; their `symbols` arrays are overwritten.
 * @param minimumCount Least number of occurrences of a pair worth a merge.
 */
export function createPairLearner(words: readonly CountedWord[], minimumCount: number): PairLearner {
  const pairs: Pair[] = [];
  const indexOf = createPairTable(1 << 16);
  const symbolsOf = words.map((word) => word.symbols);
  const heap = createHeap<Entry>((a, b) => {
    if (a.count !== b.count) return a.count > b.count;
    return a.pair.left !== b.pair.left ? a.pair.left < b.pair.left : a.pair.right < b.pair.right;
  });

  function pairOf(left: number, right: number): Pair {
    const known = pairs[indexOf.get(left, right)];
    if (known !== undefined) return known;
    const pair = { left, right, count: 0, words: [] };
    indexOf.set(left, right, pairs.length);
    pairs.push(pair);
    return pair;
  }

  function eachPair(word: number, visit: (pair: Pair) => void): void {
    const symbols = symbolsOf[word] ?? new Int32Array();
    for (let i = 0; i + 1 < symbols.length; i++) visit(pairOf(symbols[i] ?? 0, symbols[i + 1] ?? 0));
  }

  function noteWord(pair: Pair, word: number): void {
    if (pair.words.at(-1) !== word) pair.words.push(word);
  }

  function queue(pair: Pair): void {
    if (pair.count >= minimumCount) heap.push({ pair, count: pair.count });
  }

  for (const [word, { count }] of words.entries()) {
    eachPair(word, (pair) => {
      pair.count += count;
      noteWord(pair, word);
    });
  }
  for (const pair of pairs) queue(pair);

  return {
    best() {
      for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
        if (entry.pair.count === entry.count) return entry.pair;
        // It fell since it was queued. (If it rose, apply() has queued it again, higher.)
        if (entry.pair.count < entry.count) queue(entry.pair);
      }
      return undefined;
    },
    apply(merge) {
      const merging = pairOf(merge.left, merge.right);
      const gained = new Set<Pair>();
      for (const word of new Set(merging.words)) {
        const count = words[word]?.count ?? 0;
        eachPair(word, (pair) => {
          pair.count -= count;
        });
        symbolsOf[word] = replacePair(symbolsOf[word] ?? new Int32Array(), merge);
        eachPair(word, (pair) => {
          pair.count += count;
          if (pair.left !== merge.merged && pair.right !== merge.merged) return;
          noteWord(pair, word);
          gained.add(pair);
        });
      }
      merging.words.length = 0;
      for (const pair of gained) queue(pair);
    },
  };
}
