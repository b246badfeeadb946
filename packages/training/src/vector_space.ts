import type { VectorMemory } from "@millrace/collective";
import type { ExecutorCapabilities } from "@millrace/execution";
import type { Elementwise, ElementwiseUpdate, Range } from "./elementwise.ts";
import { openVectorLoop } from "./vector_loop.ts";

/** Where the vectors of a training lie, and how element-wise updates run over them. `Place` is how a vector is kept. */
export interface VectorSpace<Place> {
  /** Makes a vector of zeros as long as the parameters. */
  zeros(): Promise<Place>;
  /** Makes a vector that holds given numbers. */
  of(values: Float32Array): Promise<Place>;
  /**
   * Opens an update.
   * @param ranges Elements that it is for; default all.
   */
  openElementwise<Vector extends string, Factor extends string>(
    update: ElementwiseUpdate<Vector, Factor>,
    ranges?: readonly Range[],
  ): Promise<Elementwise<Vector, Factor, Place>>;
}

/**
 * Vectors in the memory of this process.
 * @param newVector Makes a vector of zeros; fastest are those of `vectorMemory`.
 * @param size Elements of a vector.
 */
export function hostVectors(
  vectorMemory: VectorMemory,
  size: number,
  newVector: () => Float32Array = () => vectorMemory.take(size),
): VectorSpace<Float32Array> {
  return {
    zeros: async () => newVector(),
    of: async (values) => values,
    openElementwise: async (update, ranges = [[0, size]]) => openVectorLoop(vectorMemory, update, ranges),
  };
}

/** Makes vectors of zeros that an executor can read: some can read no memory that threads share. */
export function newHostVector(
  size: number,
  { sharedMemory }: ExecutorCapabilities,
  vectorMemory: VectorMemory,
): () => Float32Array {
  return () => (sharedMemory ? vectorMemory.take(size) : new Float32Array(size));
}
