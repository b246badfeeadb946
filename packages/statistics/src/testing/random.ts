/** Seeded random numbers for simulations: the same series on every machine. */
export interface Random {
  /** In [0, 1). */
  uniform(): number;
  /** Mean 0, deviation 1 (Box and Muller 1958). */
  normal(): number;
  /** Counts of n draws from weights, shape (B,). */
  counts(draws: number, weights: readonly number[]): number[];
}

/** A stream of numbers: a counter of odd step through murmur3's finaliser. */
export function random(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    counts(draws, weights) {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const counts = weights.map(() => 0);
      for (let i = 0; i < draws; i++) {
        let rest = uniform() * total;
        let bin = 0;
        while (bin < weights.length - 1 && (rest -= weights[bin] as number) >= 0) bin++;
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
      return counts;
    },
  };
}
