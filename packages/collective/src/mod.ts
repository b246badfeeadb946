/**
 * Deterministic all-reduce between processes: one fixed summation tree, whoever holds the leaves.
 *
 * ```ts
 * import { treeSum } from "@millrace/collective";
 *
 * const gradient = treeSum([Float32Array.of(1, 2), Float32Array.of(3, 4), Float32Array.of(5, 6)]);
 * console.log(gradient); // Float32Array [ 9, 12 ]
 * ```
 */
export { addInto, combineOrder, completeSubtrees, ownedRange, splitPoint, treeSum } from "./tree.ts";
export type { Addition, LeafRange } from "./tree.ts";
