import type { NgramTrie } from "./ngram_trie.ts";

/** Nodes by their parent: those of node n are `followers[starts[n]]` up to `followers[starts[n + 1] - 1]`. */
export interface Followers {
  readonly starts: Int32Array;
  readonly followers: Int32Array;
}

/** Sorts the nodes of a trie by their parents: 8 bytes an n-gram. */
export function followersOf(trie: NgramTrie): Followers {
  const starts = new Int32Array(trie.size + 1);
  for (let node = 1; node < trie.size; node++) starts[trie.parentOf(node) + 1]! += 1;
  for (let node = 0; node < trie.size; node++) starts[node + 1]! += starts[node]!;
  const next = starts.slice();
  const followers = new Int32Array(trie.size);
  for (let node = 1; node < trie.size; node++) followers[next[trie.parentOf(node)]!++] = node;
  return { starts, followers };
}
