import { splitPoint } from "./tree.ts";
import type { LeafRange } from "./tree.ts";
import type { VectorMemory } from "./vector_memory.ts";

/**
 * Sums leaves into the tree as they are finished, in whatever order, and keeps as few vectors as it can.
 * Siblings are added as soon as both are there, so with c leaves at work about c + log2(leaves) vectors are alive.
 */
export interface Accumulator {
  /** A vector to compute a leaf into; its content is undefined. */
  take(): Float32Array;
  /** Gives a leaf's vector. Returns the part that it completed, if any, with its sum in memory to be given to `release`. */
  add(leaf: number, vector: Float32Array): { readonly part: LeafRange; readonly sum: Float32Array } | undefined;
  /** Gives back memory for other leaves. */
  release(vector: Float32Array): void;
  /** Forgets unfinished sums, and begins a step with new parts. */
  begin(parts: readonly LeafRange[]): void;
}

function key(range: LeafRange): string {
  return `${range.start}-${range.end}`;
}

/** The path from a part down to a leaf, the part first. */
function path(part: LeafRange, leaf: number): LeafRange[] {
  const nodes = [part];
  for (let node = part; node.end - node.start > 1;) {
    const middle = splitPoint(node.start, node.end);
    node = leaf < middle ? { start: node.start, end: middle } : { start: middle, end: node.end };
    nodes.push(node);
  }
  return nodes;
}

/**
 * Creates an accumulator.
 * @param memory Where its vectors are taken from.
 * @param floats Length of a vector.
 */
export function createAccumulator(memory: VectorMemory, floats: number): Accumulator {
  const free: Float32Array[] = [];
  let parts: readonly LeafRange[] = [];
  // Finished sums by node, "start-end".
  const sums = new Map<string, Float32Array>();

  return {
    take: () => free.pop() ?? memory.take(floats),
    release: (vector) => void free.push(vector),
    begin(next) {
      free.push(...sums.values());
      sums.clear();
      parts = next;
    },
    add(leaf, vector) {
      const part = parts.find((each) => leaf >= each.start && leaf < each.end);
      if (part === undefined) throw new RangeError(`leaf ${leaf} is in none of this step's parts`);
      const nodes = path(part, leaf);
      let sum = vector;
      for (let depth = nodes.length - 1; depth > 0; depth--) {
        const node = nodes[depth]!;
        const parent = nodes[depth - 1]!;
        const isLeft = node.start === parent.start;
        const sibling = isLeft ? { start: node.end, end: parent.end } : { start: parent.start, end: node.start };
        const other = sums.get(key(sibling));
        if (other === undefined) {
          sums.set(key(node), sum);
          return undefined;
        }
        sums.delete(key(sibling));
        const [left, right] = isLeft ? [sum, other] : [other, sum];
        memory.add(left, left, right);
        free.push(right);
        sum = left;
      }
      return { part, sum };
    },
  };
}
