import { combineOrder, completeSubtrees, ownedRange } from "./tree.ts";
import type { Addition, LeafRange } from "./tree.ts";

/** 256 KiB of float32: large enough to amortise a frame, small enough that summing overlaps receiving. */
const LEAST_CHUNK_FLOATS = 65_536;
/** What a frame can carry. */
const MOST_CHUNK_FLOATS = 4 * LEAST_CHUNK_FLOATS;
/** So many chunks are enough to share out evenly, and to sum while others arrive. */
const ENOUGH_CHUNKS = 64;

/** Elements of a chunk of a vector: more for long vectors, so that frames stay few. */
export function chunkFloatsFor(floats: number): number {
  const multiple = Math.ceil(floats / (ENOUGH_CHUNKS * LEAST_CHUNK_FLOATS));
  return Math.min(MOST_CHUNK_FLOATS, multiple * LEAST_CHUNK_FLOATS);
}

/** Who sums what in one generation: the parts of the tree each member computes, and the chunks of the vector each finishes. */
export interface ExchangePlan {
  /** All members' complete subtrees, left to right over the leaves. */
  readonly parts: readonly { readonly range: LeafRange; readonly member: number }[];
  /** Finishes the tree from `parts`, into part 0. */
  readonly additions: readonly Addition[];
  readonly chunkCount: number;
  /** Index of the first float of a chunk and the index after its last. */
  chunkSpan(chunk: number): { readonly start: number; readonly end: number };
  /** Index of the member that finishes the sum of a chunk. */
  ownerOf(chunk: number): number;
}

/** What a vector and its leaves look like; the same for every generation of a run. */
export interface VectorShape {
  /** Length of the vector in float32 elements. */
  readonly floats: number;
  /** Leaves a step, >= 1. */
  readonly leaves: number;
  /** Elements a chunk (default `chunkFloatsFor(floats)`). Changes the traffic, never the result. */
  readonly chunkFloats?: number;
}

/** Number of chunks a vector of `floats` elements is cut into; all but the last are full. */
export function chunkCountOf(floats: number, chunkFloats: number): number {
  return Math.ceil(floats / chunkFloats);
}

/**
 * Plans a reduce-scatter and all-gather over `members` members with contiguous, balanced chunk owners.
 * @throws {RangeError} If there are more members than leaves, or the shape is not positive.
 */
export function exchangePlan(shape: VectorShape, members: number): ExchangePlan {
  const { floats, leaves, chunkFloats = chunkFloatsFor(floats) } = shape;
  for (const [name, value] of Object.entries({ floats, leaves, chunkFloats })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name}: expected a positive integer, got ${value}`);
  }
  const parts = Array.from({ length: members }, (_, member) =>
    completeSubtrees(ownedRange(member, members, leaves), leaves).map((range) => ({ range, member })),
  ).flat();
  const chunkCount = chunkCountOf(floats, chunkFloats);
  return {
    parts,
    additions: combineOrder(
      parts.map((part) => part.range),
      { start: 0, end: leaves },
    ),
    chunkCount,
    chunkSpan: (chunk) => ({ start: chunk * chunkFloats, end: Math.min(floats, (chunk + 1) * chunkFloats) }),
    ownerOf: (chunk) => Math.floor((chunk * members) / chunkCount),
  };
}
