/**
 * Counter-based random numbers: the n-th number of a seed needs no earlier ones, so a sequence draws the same numbers
 * whatever else is generated beside it.
 */

/** Mixes 32 bits so that every input bit reaches every output bit (constants of murmur3's finaliser). */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/**
 * Number `index` of the sequence of `seed`.
 * @param seed Any safe integer.
 * @param index From 0; its lower 31 bits count.
 * @returns Uniform in [0, 1), 53 random bits.
 */
export function uniform(seed: number, index: number): number {
  const key = mix(mix(seed >>> 0) ^ Math.floor(seed / 2 ** 32) ^ 0x9e3779b9);
  const high = mix(key ^ mix(2 * index));
  const low = mix(key ^ mix(2 * index + 1));
  return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}
