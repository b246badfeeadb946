/**
 * A hash table from pairs of token ids to non-negative 32-bit integers, in typed arrays: open addressing, at most half full,
 * 12 bytes a slot. A Map keyed by strings or by large numbers takes several times the memory and time.
 */
export interface PairTable {
  /** Value of the pair, or -1. */
  get(left: number, right: number): number;
  /** Sets the value of the pair. */
  set(left: number, right: number, value: number): void;
}

const EMPTY = -1;

function hashPair(left: number, right: number): number {
  let h = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
}

/**
 * Makes an empty table; it grows as needed.
 * @param expected Number of pairs it should hold without growing.
 */
export function createPairTable(expected: number): PairTable {
  let mask = 15;
  while (mask + 1 < 2 * expected) mask = mask * 2 + 1;
  let slots = new Int32Array(3 * (mask + 1)).fill(EMPTY);
  let used = 0;

  // Slot layout: left, right, value. Returns the index of the pair's slot, or of the empty slot where it belongs.
  function find(left: number, right: number): number {
    for (let slot = hashPair(left, right) & mask; ; slot = (slot + 1) & mask) {
      const at = 3 * slot;
      if (slots[at + 2] === EMPTY || (slots[at] === left && slots[at + 1] === right)) return at;
    }
  }

  function grow(): void {
    const old = slots;
    mask = mask * 2 + 1;
    slots = new Int32Array(3 * (mask + 1)).fill(EMPTY);
    for (let at = 0; at < old.length; at += 3) {
      if (old[at + 2] !== EMPTY) slots.set(old.subarray(at, at + 3), find(old[at] ?? 0, old[at + 1] ?? 0));
    }
  }

  return {
    get: (left, right) => slots[find(left, right) + 2] ?? EMPTY,
    set(left, right, value) {
      let at = find(left, right);
      if (slots[at + 2] === EMPTY) {
        used++;
        if (2 * used > mask + 1) {
          grow();
          at = find(left, right);
        }
      }
      slots[at] = left;
      slots[at + 1] = right;
      slots[at + 2] = value;
    },
  };
}
