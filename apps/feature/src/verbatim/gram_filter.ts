/**
 * Where in a long text a short one may have been. A gear hash runs over the long text: each token shifts it by 6 bits and adds its own 32, so
 * that after six tokens nothing is left of what was before, and only what the short text's grams have come to passes. The price of one
 * shift and one product a token is that the oldest of the six counts with its last two bits only, so that some strangers pass too.
 * @see Xia et al. 2016, "FastCDC", section 3.2, for the hash
 */

/** Tokens that must stand together before it is worth showing: shorter stretches are common phrases. */
export const LEAST_TOKENS = 6;
/** The same where tokens are characters: about as much text as six pieces of words. */
export const LEAST_CHARACTERS = 24;

/** A part of a text all of whose grams may stand in the other text too. Half open. */
export interface Region {
  readonly from: number;
  readonly to: number;
}

/** Finds regions in a text. */
export type GramFilter = (text: ArrayLike<number>) => Region[];

/** Bits that a token shifts the hash by: six tokens take all 32 out. */
const SHIFT = 6;
/** Knuth's constant for multiplicative hashing. */
const FACTOR = 0x9e3779b1;
const TABLE_BITS = 16;

/**
 * Makes the filter of a text. It never misses a stretch of `LEAST_TOKENS` tokens that stands in both.
 * @param text Grams that hold a negative token are left out: they stand nowhere.
 */
export function gramFilter(text: ArrayLike<number>): GramFilter {
  const known = new Set<number>();
  const table = new Uint8Array(1 << TABLE_BITS);
  let hash = 0;
  let usable = 0;
  for (let at = 0; at < text.length; at += 1) {
    const token = text[at] as number;
    hash = ((hash << SHIFT) + Math.imul(token, FACTOR)) | 0;
    usable = token < 0 ? 0 : usable + 1;
    if (usable < LEAST_TOKENS) continue;
    known.add(hash);
    table[hash >>> (32 - TABLE_BITS)] = 1;
  }
  return (other) => {
    const regions: Region[] = [];
    let own = 0;
    let [from, to] = [0, 0];
    for (let at = 0; at < other.length; at += 1) {
      own = ((own << SHIFT) + Math.imul(other[at] as number, FACTOR)) | 0;
      // The table stays in the cache of the processor; nearly every place ends here.
      if (table[own >>> (32 - TABLE_BITS)] === 0 || at < LEAST_TOKENS - 1 || !known.has(own)) continue;
      const begin = at + 1 - LEAST_TOKENS;
      if (begin > to || to === 0) {
        if (to > 0) regions.push({ from, to });
        from = begin;
      }
      to = at + 1;
    }
    if (to > 0) regions.push({ from, to });
    return regions;
  };
}
