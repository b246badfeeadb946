import { combineOrder } from "@millrace/collective";
import type { Replica } from "./replica_port.ts";
import type { StepReport } from "./step_scale.ts";

/** What makes steps: a replica, or a stage's, which first takes a leaf as far as there is something to write. */
export type Trainable = Pick<Replica, "concurrency" | "computeLeaf" | "applyStep" | "vectorMemory"> & {
  prepareLeaf?(step: number, leaf: number): Promise<void>;
};

/**
 * Makes one step on one node: computes every leaf, sums them along the fixed tree and applies the sums. What a cluster of nodes
 * does to the same end, in one place.
 * @param vectors One vector of `replica.vectorFloats` for each leaf; overwritten.
 */
export async function trainStep(
  replica: Trainable,
  step: number,
  vectors: readonly Float32Array[],
): Promise<StepReport> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let leaf = next++; leaf < vectors.length; leaf = next++) {
      await replica.prepareLeaf?.(step, leaf);
      await replica.computeLeaf(step, leaf, vectors[leaf]!);
    }
  };
  await Promise.all(Array.from({ length: replica.concurrency }, work));
  const leaves = vectors.map((_, leaf) => ({ start: leaf, end: leaf + 1 }));
  for (const { into, from } of combineOrder(leaves, { start: 0, end: vectors.length })) {
    replica.vectorMemory.add(vectors[into]!, vectors[into]!, vectors[from]!);
  }
  return replica.applyStep(step, vectors[0]!);
}

/** Makes room for the leaves of `trainStep`. */
export function leafVectors(replica: Pick<Replica, "vectorFloats" | "vectorMemory">, leaves: number): Float32Array[] {
  return Array.from({ length: leaves }, () => replica.vectorMemory.take(replica.vectorFloats));
}
