/**
 * The suffix automaton of a short text: the least machine that reads exactly its substrings. Walking a long text through it gives, at each
 * place, the longest stretch that ends there and stands in the short text too, in time that is linear in both.
 * @see Blumer et al. 1985, "The smallest automaton recognizing the subwords of a text"
 */
export interface SuffixAutomaton {
  /** From each state, by token. State 0 has read nothing. */
  readonly next: readonly ReadonlyMap<number, number>[];
  /** By state: the state of its longest suffix that ends at more places. -1 for state 0. */
  readonly link: readonly number[];
  /** By state: tokens of the longest substring that leads to it; the shortest has one more than the longest of its link. */
  readonly longest: readonly number[];
  /** By number of tokens read: the state that the text's beginning leads to. */
  readonly prefixes: readonly number[];
}

/** Builds it, with at most two states a token. */
export function suffixAutomaton(text: ArrayLike<number>): SuffixAutomaton {
  const next: Map<number, number>[] = [new Map()];
  const link = [-1];
  const longest = [0];
  const prefixes = [0];
  const add = (edges: Map<number, number>, length: number, linked: number): number => {
    longest.push(length);
    link.push(linked);
    return next.push(edges) - 1;
  };
  let last = 0;
  for (let at = 0; at < text.length; at += 1) {
    const token = text[at] as number;
    const state = add(new Map(), (longest[last] as number) + 1, 0);
    const targetOf = (from: number): number | undefined => next[from]?.get(token);
    let from = last;
    while (from >= 0 && targetOf(from) === undefined) {
      next[from]?.set(token, state);
      from = link[from] as number;
    }
    if (from >= 0) {
      const target = targetOf(from) as number;
      const length = (longest[from] as number) + 1;
      if (longest[target] === length) {
        link[state] = target;
      } else {
        // Its longer substrings end at fewer places than this one from now on: they part.
        const copy = add(new Map(next[target]), length, link[target] as number);
        while (from >= 0 && targetOf(from) === target) {
          next[from]?.set(token, copy);
          from = link[from] as number;
        }
        link[target] = copy;
        link[state] = copy;
      }
    }
    last = state;
    prefixes.push(last);
  }
  return { next, link, longest, prefixes };
}

/**
 * Walks a text through the automaton.
 * @param visit Told after each token of the state, and of how many tokens that end here stand in the automaton's text.
 */
export function walk(
  { next, link, longest }: SuffixAutomaton,
  text: ArrayLike<number>,
  visit: (state: number, length: number, end: number) => void,
): void {
  let [state, length] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const token = text[at] as number;
    let following = next[state]?.get(token);
    while (state > 0 && following === undefined) {
      state = link[state] as number;
      length = longest[state] as number;
      following = next[state]?.get(token);
    }
    length = following === undefined ? 0 : length + 1;
    state = following ?? 0;
    visit(state, length, at + 1);
  }
}
