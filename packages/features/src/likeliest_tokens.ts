/**
 * Finds the token that an n-gram model foresees. What does not follow a history in the corpus is ordered as it is after the history
 * without its first token, and what does follow is only raised. So the likeliest token is one of those that follow, or the likeliest
 * after the shorter history; and each history is looked at once.
 */
import { followersOf } from "./followers.ts";
import type { NgramTrie } from "./ngram_trie.ts";

/**
 * Makes the finder, which remembers what it found: 12 bytes an n-gram.
 * @param probabilityOf Probability of a token after the last of these histories, each a node, the one of k tokens at place k.
 * @returns Takes histories, all of them seen in the corpus, the empty one first; gives the likeliest token, of equal ones the least.
 */
export function likeliestTokens(
  trie: NgramTrie,
  probabilityOf: (histories: readonly number[], token: number) => number,
): (histories: readonly number[]) => number {
  const { starts, followers } = followersOf(trie);
  const found = new Int32Array(trie.size).fill(-1);

  function likeliest(histories: readonly number[]): number {
    const history = histories.at(-1) ?? 0;
    const known = found[history] ?? -1;
    if (known >= 0) return known;
    let best = histories.length > 1 ? likeliest(histories.slice(0, -1)) : 0;
    let most = probabilityOf(histories, best);
    for (let at = starts[history] ?? 0; at < (starts[history + 1] ?? 0); at++) {
      const token = trie.tokenOf(followers[at] ?? 0);
      const probability = probabilityOf(histories, token);
      if (probability > most || (probability === most && token < best)) [best, most] = [token, probability];
    }
    found[history] = best;
    return best;
  }

  return likeliest;
}
