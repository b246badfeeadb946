/** What of an answer stands word for word in other texts: the longest stretches, and where they stand. */
import { LEAST_TOKENS } from "./gram_filter.ts";
import { suffixAutomaton, walk } from "./suffix_automaton.ts";

/** A stretch of the answer, of tokens; no longer one around it stands anywhere. Half open. */
export interface MatchingSpan {
  readonly start: number;
  readonly end: number;
  /** How often it stands in the texts. */
  readonly occurrences: number;
  /** The first of them, `MOST_PLACES` at most: number of the text, and token at which it begins there. */
  readonly places: readonly { readonly text: number; readonly at: number }[];
}

const MOST_PLACES = 100;

/**
 * Finds all stretches of so many tokens and more of an answer that stand in one of the texts, without those that lie within another.
 * Takes time linear in answer, texts and what is found.
 * @returns In order; they may overlap, as the end of one and the beginning of another.
 */
export function matchingSpans(
  answer: ArrayLike<number>,
  texts: readonly ArrayLike<number>[],
  leastTokens: number = LEAST_TOKENS,
): MatchingSpan[] {
  const automaton = suffixAutomaton(answer);
  const { link, longest, prefixes } = automaton;
  /** By state: tokens of the longest of its substrings that was found in the texts; 0 for none. */
  const found = longest.map(() => 0);
  for (const text of texts) {
    walk(automaton, text, (state, length) => {
      found[state] = Math.max(found[state] as number, length);
    });
  }
  // Where a substring stands all its suffixes stand, and a link is shorter than what leads to it.
  const byLength = [...longest.keys()].sort((left, right) => (longest[right] as number) - (longest[left] as number));
  for (const state of byLength) {
    const shorter = link[state] as number;
    if (shorter > 0 && (found[state] as number) > 0) found[shorter] = longest[shorter] as number;
  }

  const ends = prefixes.map((prefix, end) => {
    let state = prefix;
    while (state > 0 && found[state] === 0) state = link[state] as number;
    return { state, start: end - (found[state] as number), end };
  });
  const spans = ends.filter(({ start, end }, place) => end - start >= leastTokens && ends[place + 1]?.start !== start);
  const seen = new Map(
    spans.map(({ state }) => [state, { occurrences: 0, places: [] as { text: number; at: number }[] }]),
  );
  const nearest = nearestOf(link, byLength, seen);
  for (const [text, tokens] of texts.entries()) {
    walk(automaton, tokens, (reached, length, end) => {
      for (let state = nearest[reached] as number; state > 0; state = nearest[link[state] as number] as number) {
        const size = found[state] as number;
        const own = seen.get(state);
        if (own === undefined || length < size) continue;
        own.occurrences += 1;
        if (own.places.length < MOST_PLACES) own.places.push({ text, at: end - size });
      }
    });
  }
  return spans.map(({ state, start, end }) => ({ start, end, ...(seen.get(state) ?? { occurrences: 0, places: [] }) }));
}

/** By state: itself or the nearest on its way of links that is wanted; 0 when there is none. */
function nearestOf(
  link: readonly number[],
  byLength: readonly number[],
  wanted: ReadonlyMap<number, unknown>,
): readonly number[] {
  const nearest = link.map(() => 0);
  for (const state of byLength.toReversed()) {
    if (state === 0) continue;
    nearest[state] = wanted.has(state) ? state : (nearest[link[state] as number] as number);
  }
  return nearest;
}
