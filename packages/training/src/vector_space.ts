import type { Executor, ExecutorCapabilities } from "@millrace/execution";
import { type Elementwise, type ElementwiseUpdate, openElementwise, type Range } from "./elementwise.ts";

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
 * @param size Elements of a vector.
 * @param concurrency Stretches of an update under way at once; changes no result.
 */
export function hostVectors(executor: Executor, size: number, concurrency: number): VectorSpace<Float32Array> {
  const newVector = newHostVector(size, executor.capabilities);
  return {
    zeros: async () => newVector(),
    of: async (values) => values,
    openElementwise: (update, ranges = [[0, size]]) => openElementwise(executor, update, ranges, concurrency),
  };
}

/** Makes vectors of zeros, over memory that threads can share where the executor can use it. */
export function newHostVector(size: number, { sharedMemory }: ExecutorCapabilities): () => Float32Array {
  const Memory = sharedMemory ? SharedArrayBuffer : ArrayBuffer;
  return () => new Float32Array(new Memory(4 * size));
}
