/**
 * A place that is a hash of numbers: what is drawn by it needs no state that would have to be saved, so any node can draw anything of any
 * step, and a resumed run goes on exactly.
 * @param seed 32-bit seed of the run. @param a @param b @param c Integers of 32 bits that say what is drawn.
 * @param places Number of places to choose from, below 2^53.
 * @returns An integer in [0, places), uniform to within places / 2^53.
 */
export function hashedPlace(seed: number, a: number, b: number, c: number, places: number): number {
  let state = mix(seed ^ 0x9e3779b9);
  for (const word of [a, b, c]) state = mix((state + Math.imul(word, 0x85ebca6b) + 0x6a09e667) | 0);
  const high = mix(state ^ 0x3c6ef372) >>> 0;
  const low = mix(state ^ 0x510e527f) >>> 0;
  const unit = (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
  return Math.floor(unit * places);
}

/** A bijection of 32-bit words in which every input bit moves every output bit. @see Wellons 2018, "Prospecting for hash functions", lowbias32. */
function mix(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
