/** Seeded random numbers. */
export interface Random {
  /** In [0, 1), 53 random bits. */
  uniform(): number;
  /** Mean 0, deviation 1 (Box and Muller 1958). */
  normal(): number;
  /** A whole number from 0 to below `count`. */
  below(count: number): number;
}

/** Mixes 32 bits so that every input bit reaches every output bit (constants of murmur3's finaliser). */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/**
 * The numbers of one trial: what other trials draw changes none of them.
 * @param seed Of the search, any safe integer.
 * @param trial Number of the trial.
 */
export function randomOf(seed: number, trial: number): Random {
  const key = mix(mix(mix(seed >>> 0) ^ Math.floor(seed / 2 ** 32) ^ 0x9e3779b9) ^ mix(trial + 1));
  let drawn = 0;
  const bits = (): number => mix(key ^ mix(drawn++));
  const uniform = (): number => (bits() * 2 ** 21 + (bits() >>> 11)) / 2 ** 53;
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    below: (count) => Math.floor(uniform() * count),
  };
}
