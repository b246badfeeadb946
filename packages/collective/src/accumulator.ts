import { splitPoint } from "./tree.ts";
import type { LeafRange } from "./tree.ts";
import type { VectorMemory } from "./vector_memory.ts";

/** Floats of a vector, from `start` up to but without `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a sum of leaves has come to: its floats in some spans, or all of them. */
export interface PartSum {
  readonly part: LeafRange;
  readonly sum: Float32Array;
}

/**
 * Sums leaves into the tree as they are finished, in whatever order, and keeps as few vectors as it can.
 * Siblings are added as soon as both are there, so with c leaves at work about c + log2(leaves) vectors are alive. Where leaves are finished
 * in phases, some spans after others, each phase is summed for itself.
 */
export interface Accumulator {
  /** A vector to compute a leaf into; its content is undefined. */
  take(): Float32Array;
  /**
   * Gives a phase of a leaf's vector.
   * @returns The part whose phase it completed, if any; its memory is used again from the next `begin` on.
   */
  add(leaf: number, vector: Float32Array, phase: number): PartSum | undefined;
  /** Gives back a vector of which nothing was given. */
  release(vector: Float32Array): void;
  /**
   * Forgets all sums, and begins a step with new parts.
   * @param phases The spans that each phase finishes, the same of every leaf; all of them together are a vector.
   * @throws {RangeError} If a phase finishes nothing.
   */
  begin(parts: readonly LeafRange[], phases: readonly (readonly Span[])[]): void;
}

function key(phase: number, range: LeafRange): string {
  return `${phase}: ${range.start}-${range.end}`;
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
  const all: Float32Array[] = [];
  let free: Float32Array[] = [];
  let parts: readonly LeafRange[] = [];
  let phases: readonly (readonly Span[])[] = [];
  // Finished sums by phase and node.
  const sums = new Map<string, Float32Array>();
  // Phases of vectors that have been added to others.
  const spent = new Map<Float32Array, number>();

  function make(): Float32Array {
    const vector = memory.take(floats);
    all.push(vector);
    return vector;
  }

  function spend(vector: Float32Array): void {
    const count = (spent.get(vector) ?? 0) + 1;
    spent.set(vector, count);
    if (count === phases.length) free.push(vector);
  }

  return {
    take() {
      const vector = free.pop() ?? make();
      spent.delete(vector);
      return vector;
    },
    release: (vector) => void free.push(vector),
    begin(nextParts, nextPhases) {
      if (nextPhases.some((spans) => spans.every(({ start, end }) => start === end))) {
        throw new RangeError("summing leaves in phases: found one that finishes nothing, wanted spans for each");
      }
      free = [...all];
      sums.clear();
      parts = nextParts;
      phases = nextPhases;
    },
    add(leaf, vector, phase) {
      const part = parts.find((each) => leaf >= each.start && leaf < each.end);
      if (part === undefined) throw new RangeError(`leaf ${leaf} is in none of this step's parts`);
      const nodes = path(part, leaf);
      let sum = vector;
      for (let depth = nodes.length - 1; depth > 0; depth--) {
        const node = nodes[depth]!;
        const parent = nodes[depth - 1]!;
        const isLeft = node.start === parent.start;
        const sibling = isLeft ? { start: node.end, end: parent.end } : { start: parent.start, end: node.start };
        const other = sums.get(key(phase, sibling));
        if (other === undefined) {
          sums.set(key(phase, node), sum);
          return undefined;
        }
        sums.delete(key(phase, sibling));
        const [left, right] = isLeft ? [sum, other] : [other, sum];
        for (const { start, end } of phases[phase]!) {
          const into = left.subarray(start, end);
          memory.add(into, into, right.subarray(start, end));
        }
        spend(right);
        sum = left;
      }
      return { part, sum };
    },
  };
}
