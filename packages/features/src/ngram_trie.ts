/**
 * All n-grams of a corpus as a trie in typed arrays: the n-gram w1..wn is the child, by wn, of w1..wn-1. Children are
 * found through one hash table of node numbers, so an n-gram costs 16 to 24 bytes and no object.
 */
export interface NgramTrie {
  /** Nodes so far, the root (node 0, the empty n-gram) included. */
  readonly size: number;
  /** Child of `parent` by `token`, or -1. */
  find(parent: number, token: number): number;
  /** Child of `parent` by `token`, made if it was not there: then it is node `size - 1`. */
  findOrAdd(parent: number, token: number): number;
  /** Parent of a node. */
  parentOf(node: number): number;
  /** Last token of a node's n-gram; of the root, 0. */
  tokenOf(node: number): number;
  /** Memory of the trie. */
  sizeBytes(): number;
}

const EMPTY = -1;

function hashOf(parent: number, token: number): number {
  let h = Math.imul(parent, 0x9e3779b1) ^ Math.imul(token, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** Makes a trie that holds the root only. */
export function createNgramTrie(): NgramTrie {
  let parents = new Int32Array(1024);
  let tokens = new Int32Array(1024);
  let slots = new Int32Array(2048).fill(EMPTY);
  let size = 1;

  function slotOf(parent: number, token: number): number {
    const mask = slots.length - 1;
    for (let slot = hashOf(parent, token) & mask; ; slot = (slot + 1) & mask) {
      const node = slots[slot] ?? EMPTY;
      if (node === EMPTY || (parents[node] === parent && tokens[node] === token)) return slot;
    }
  }

  function grow(): void {
    parents = doubled(parents);
    tokens = doubled(tokens);
    slots = new Int32Array(2 * slots.length).fill(EMPTY);
    for (let node = 1; node < size; node++) slots[slotOf(parents[node] ?? 0, tokens[node] ?? 0)] = node;
  }

  return {
    get size() {
      return size;
    },
    find: (parent, token) => slots[slotOf(parent, token)] ?? EMPTY,
    findOrAdd(parent, token) {
      const slot = slotOf(parent, token);
      const known = slots[slot] ?? EMPTY;
      if (known !== EMPTY) return known;
      slots[slot] = size;
      parents[size] = parent;
      tokens[size] = token;
      size++;
      if (size === parents.length) grow();
      return size - 1;
    },
    parentOf: (node) => parents[node] ?? 0,
    tokenOf: (node) => tokens[node] ?? 0,
    sizeBytes: () => parents.byteLength + tokens.byteLength + slots.byteLength,
  };
}
