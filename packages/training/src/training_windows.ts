/**
 * Which stretch of the token stream each training sequence is: random crops whose place is a hash of (seed, step, leaf,
 * sequence). There is no state to save, so any node can compute any leaf of any step, and a resumed run goes on exactly.
 */
import type { TokenBatch, TokenStream } from "./token_stream.ts";

/**
 * Place of a training sequence.
 * @param seed 32-bit seed of the run.
 * @param step 0-based step. @param leaf 0-based leaf of the step. @param sequence 0-based sequence of the leaf.
 * @param starts Number of places to choose from, below 2^53.
 * @returns An integer in [0, starts), uniform to within starts / 2^53.
 */
export function windowStart(seed: number, step: number, leaf: number, sequence: number, starts: number): number {
  let state = mix(seed ^ 0x9e3779b9);
  for (const word of [step, leaf, sequence]) state = mix((state + Math.imul(word, 0x85ebca6b) + 0x6a09e667) | 0);
  const high = mix(state ^ 0x3c6ef372) >>> 0;
  const low = mix(state ^ 0x510e527f) >>> 0;
  const unit = (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
  return Math.floor(unit * starts);
}

/**
 * Fills a batch with the sequences of one leaf.
 * @param stream Training tokens; longer than `contextLength`.
 */
export function fillTrainingBatch(
  batch: TokenBatch,
  stream: TokenStream,
  contextLength: number,
  place: { readonly seed: number; readonly step: number; readonly leaf: number },
): void {
  const starts = stream.length - contextLength;
  const rows = batch.tokens.length / contextLength;
  for (let row = 0; row < rows; row++) {
    const start = windowStart(place.seed, place.step, place.leaf, row, starts);
    batch.tokens.set(stream.subarray(start, start + contextLength), row * contextLength);
    batch.targets.set(stream.subarray(start + 1, start + 1 + contextLength), row * contextLength);
  }
}

/** A bijection of 32-bit words in which every input bit moves every output bit. @see Wellons 2018, "Prospecting for hash functions", lowbias32. */
function mix(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
