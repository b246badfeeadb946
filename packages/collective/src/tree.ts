/**
 * One fixed binary tree over the leaves of a step.
 *
 * Float32 addition is not associative, so the sum of `leaves` gradients has one value only when the order of the
 * additions is fixed. Here it is fixed by the number of leaves alone: node [start, end) splits at `start` plus the
 * largest power of two below its size. How the leaves are spread over processes changes who adds, never what is added to what.
 */

/** A node of the tree, or a member's share of the leaves: leaf indices start <= i < end. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** Adds the value of part `from` into the value of part `into`; both are indices into the parts given. */
export interface Addition {
  readonly into: number;
  readonly from: number;
}

/**
 * Where node [start, end) splits into its two children.
 * @returns `start` plus the largest power of two below `end - start`.
 * @throws {RangeError} If the node is a single leaf or empty, and so has no children.
 */
export function splitPoint(start: number, end: number): number {
  const size = end - start;
  if (!(size > 1)) throw new RangeError(`cannot split the leaves [${start}, ${end}): wanted at least two`);
  return start + 2 ** Math.floor(Math.log2(size - 1));
}

/**
 * The contiguous, balanced share of leaves of one member. Shares differ by at most one leaf and cover all leaves in order.
 * @param member Index of the member, 0 <= member < members.
 * @param members Number of members, at most `leaves`.
 * @throws {RangeError} If the member does not exist or there are more members than leaves.
 */
export function ownedRange(member: number, members: number, leaves: number): LeafRange {
  if (!Number.isInteger(members) || members < 1 || members > leaves) {
    throw new RangeError(`cannot share ${leaves} leaves between ${members} members: wanted 1 to ${leaves} members`);
  }
  if (!Number.isInteger(member) || member < 0 || member >= members) {
    throw new RangeError(`no member ${member} among ${members}`);
  }
  return { start: Math.floor((member * leaves) / members), end: Math.floor(((member + 1) * leaves) / members) };
}

/**
 * The largest nodes of the tree over `leaves` that lie wholly inside a range, from left to right.
 * They are what a member can sum alone, without changing the order of any addition; there are at most 2 log2(leaves).
 */
export function completeSubtrees(range: LeafRange, leaves: number): LeafRange[] {
  const found: LeafRange[] = [];
  const visit = (start: number, end: number): void => {
    if (end <= range.start || start >= range.end) return;
    if (start >= range.start && end <= range.end) {
      found.push({ start, end });
      return;
    }
    const middle = splitPoint(start, end);
    visit(start, middle);
    visit(middle, end);
  };
  if (range.end > range.start) visit(0, leaves);
  return found;
}

/**
 * The additions that finish the tree from parts: each adds a right child into its left sibling, children before parents.
 * @param parts Nodes of the tree, left to right, that together cover exactly the leaves of one node (by default the root).
 * @param root The node to finish; its value ends in part 0.
 * @throws {RangeError} If the parts do not cover the node exactly, or one is not a node of the tree.
 */
export function combineOrder(parts: readonly LeafRange[], root: LeafRange): Addition[] {
  const additions: Addition[] = [];
  let next = 0;
  const visit = (start: number, end: number): number => {
    const part = parts[next];
    if (part === undefined || part.start !== start || part.end > end) {
      const found = part === undefined ? "no part" : `part [${part.start}, ${part.end})`;
      throw new RangeError(`cannot finish node [${start}, ${end}): found ${found} where one of its parts was wanted`);
    }
    if (part.end === end) return next++;
    const middle = splitPoint(start, end);
    const into = visit(start, middle);
    const from = visit(middle, end);
    additions.push({ into, from });
    return into;
  };
  visit(root.start, root.end);
  if (next !== parts.length) {
    throw new RangeError(`cannot finish node [${root.start}, ${root.end}): ${parts.length - next} parts are left over`);
  }
  return additions;
}

/**
 * Adds `source` to `target` element by element, in place.
 * A float64 sum of two float32 values rounds to the float32 sum, so no fused or wider arithmetic can change the result.
 * @throws {RangeError} If the lengths differ.
 */
export function addInto(target: Float32Array, source: Float32Array): void {
  add(target, target, source);
}

/**
 * Writes the sums of two vectors to a third, which may be one of them.
 * @throws {RangeError} If the lengths differ.
 */
export function add(into: Float32Array, left: Float32Array, right: Float32Array): void {
  const { length } = into;
  if (left.length !== length || right.length !== length) {
    throw new RangeError(`cannot add ${left.length} and ${right.length} values into ${length}: wanted equal lengths`);
  }
  // Four a turn: the bounds of a turn are checked once, which nearly halves the time.
  const whole = length - (length % 4);
  for (let i = 0; i < whole; i += 4) {
    into[i] = left[i]! + right[i]!;
    into[i + 1] = left[i + 1]! + right[i + 1]!;
    into[i + 2] = left[i + 2]! + right[i + 2]!;
    into[i + 3] = left[i + 3]! + right[i + 3]!;
  }
  for (let i = whole; i < length; i++) into[i] = left[i]! + right[i]!;
}

/**
 * The sum of one vector a leaf, along the fixed tree. The slow obvious way: the reference for the distributed sum.
 * @param vectors One vector a leaf, all of one length; they are not changed.
 * @returns A new vector.
 * @throws {RangeError} If there is no vector or the lengths differ.
 */
export function treeSum(vectors: readonly Float32Array[]): Float32Array {
  const sum = (start: number, end: number): Float32Array => {
    const only = vectors[start];
    if (only === undefined) throw new RangeError("cannot sum no vectors: wanted at least one leaf");
    if (end - start <= 1) return only.slice();
    const middle = splitPoint(start, end);
    const left = sum(start, middle);
    addInto(left, sum(middle, end));
    return left;
  };
  return sum(0, vectors.length);
}
