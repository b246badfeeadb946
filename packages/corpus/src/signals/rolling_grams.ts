/**
 * Word n-grams compared without joining strings. A polynomial hash of a joined string follows from the hashes and lengths of its
 * parts, so each word is hashed once and an n-gram grows by one multiplication; two n-grams are equal here exactly when their
 * joined characters are, up to a collision of 64 bits.
 */

const BASES = [0x01000193, 0x2c1b3c6d] as const;

/** Two 32-bit polynomial hashes of the n-gram that starts at each word; n only grows, one word at a time. */
export class RollingGrams {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly count: number;
  #size = 1;
  readonly #units: Uint32Array;

  constructor(words: readonly string[], separator: string) {
    this.count = words.length;
    this.low = new Uint32Array(words.length);
    this.high = new Uint32Array(words.length);
    this.#units = new Uint32Array(words.length * 4);
    const known = new Map<string, readonly [number, number, number, number]>();
    for (const [index, word] of words.entries()) {
      let unit = known.get(word);
      if (unit === undefined) {
        unit = hashUnit(separator + word);
        known.set(word, unit);
      }
      this.#units.set(unit, index * 4);
      this.low[index] = unit[0];
      this.high[index] = unit[1];
    }
  }

  /** Brings `low` and `high` to n-grams of `size` words; entries from `count - size + 1` on mean nothing. */
  growTo(size: number): void {
    for (; this.#size < size; this.#size++) {
      for (let start = 0; start + this.#size < this.count; start++) {
        const unit = (start + this.#size) * 4;
        const at = (offset: number): number => this.#units[unit + offset] ?? 0;
        this.low[start] = Math.imul(this.low[start] ?? 0, at(2)) + at(0);
        this.high[start] = Math.imul(this.high[start] ?? 0, at(3)) + at(1);
      }
    }
  }
}

/** Both hashes of a string, and each base to the power of its length, so that hashes of parts make the hash of the whole. */
function hashUnit(text: string): readonly [number, number, number, number] {
  let low = 0;
  let high = 0;
  let lowPower = 1;
  let highPower = 1;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index) + 1;
    low = Math.imul(low, BASES[0]) + code;
    high = Math.imul(high, BASES[1]) + code;
    lowPower = Math.imul(lowPower, BASES[0]);
    highPower = Math.imul(highPower, BASES[1]);
  }
  return [low, high, lowPower, highPower];
}

/** Open-addressed table from the n-gram at a position to a slot. */
export class GramTable {
  readonly #first: Int32Array;
  readonly #grams: RollingGrams;
  readonly counts: Uint32Array;

  constructor(grams: RollingGrams) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, grams.count * 2)));
    this.#first = new Int32Array(slots).fill(-1);
    this.counts = new Uint32Array(slots);
    this.#grams = grams;
  }

  /** Counts the n-gram at `position` and gives how often it was counted until now, this time included. */
  add(position: number): number {
    const { low, high } = this.#grams;
    const mask = this.#first.length - 1;
    let slot = Math.imul((low[position] ?? 0) ^ ((high[position] ?? 0) >>> 15), 0x9e3779b1) >>> 0;
    slot = (slot ^ (slot >>> 16)) & mask;
    for (;;) {
      const first = this.#first[slot] ?? -1;
      if (first < 0) this.#first[slot] = position;
      if (first < 0 || (low[first] === low[position] && high[first] === high[position])) break;
      slot = (slot + 1) & mask;
    }
    return (this.counts[slot] = (this.counts[slot] ?? 0) + 1);
  }

  /** Position of the first n-gram among those counted most often. */
  firstMost(): number {
    let best = -1;
    let bestCount = 0;
    for (const [slot, count] of this.counts.entries()) {
      const first = this.#first[slot] ?? -1;
      if (count > bestCount || (count === bestCount && count > 0 && first < best)) {
        best = first;
        bestCount = count;
      }
    }
    return best;
  }
}
