/**
 * Vectors in the memory of a device. A kernel there must not write what it reads, so a vector that changes has two places: an update
 * reads one, writes the other, and they change parts.
 */
import type { Executor, ResidentTensor } from "@millrace/execution";
import {
  byName,
  type Elementwise,
  elementwiseModel,
  type ElementwiseUpdate,
  oneNumber,
  outputOf,
} from "./elementwise.ts";
import type { VectorSpace } from "./vector_space.ts";

/** A vector in the memory of a device. */
export interface DeviceVector {
  /** What it holds now. */
  readonly current: ResidentTensor;
  /** Where its next values are written; made when it first changes. */
  spare(): Promise<ResidentTensor>;
  /** What was written to `spare` is the vector from now on. */
  swap(): void;
}

/** Where vectors of a device lie. */
export interface DeviceVectors extends VectorSpace<DeviceVector> {
  /** Opens an update of vectors as a whole, which may read any element for any other. */
  openUpdate<Vector extends string, Factor extends string>(
    update: ElementwiseUpdate<Vector, Factor>,
  ): Promise<Elementwise<Vector, Factor, DeviceVector>>;
  /** Gives the memory of all vectors back. */
  release(): Promise<void>;
}

/**
 * Opens the memory for vectors.
 * @param size Elements of a vector.
 */
export function deviceVectors(executor: Executor, size: number): DeviceVectors {
  const tensors: ResidentTensor[] = [];
  const allocate = async (): Promise<ResidentTensor> => {
    const tensor = await executor.allocate("float32", [size]);
    tensors.push(tensor);
    return tensor;
  };
  const of = async (values: Float32Array): Promise<DeviceVector> => {
    let current = await allocate();
    await current.write(values);
    let other: ResidentTensor | undefined;
    return {
      get current() {
        return current;
      },
      spare: async () => (other ??= await allocate()),
      swap() {
        if (other !== undefined) [current, other] = [other, current];
      },
    };
  };
  const openUpdate: DeviceVectors["openUpdate"] = async (update) => {
    const { model, changing } = elementwiseModel(update, executor.dialect, size);
    const session = await executor.createSession(model, { threads: 1 });
    const factorViews = byName(update.factors, () => oneNumber());
    return {
      async run(vectors, factors) {
        for (const factor of update.factors) factorViews[factor].data[0] = factors[factor];
        const feeds = byName(update.vectors, (vector) => vectors[vector].current);
        const spares = await Promise.all(changing.map((vector) => vectors[vector].spare()));
        const fetches = Object.fromEntries(changing.map((vector, index) => [outputOf(vector), spares[index]!]));
        await session.run({ ...feeds, ...factorViews }, fetches);
        for (const vector of changing) vectors[vector].swap();
      },
      release: () => session.release(),
    };
  };
  return {
    zeros: () => of(new Float32Array(size)),
    of,
    async openElementwise(update, ranges) {
      if (ranges !== undefined)
        throw new RangeError(`${update.name}: vectors of a device can be updated as a whole only`);
      return openUpdate(update);
    },
    openUpdate,
    async release() {
      await Promise.all(tensors.map((tensor) => tensor.release()));
    },
  };
}
