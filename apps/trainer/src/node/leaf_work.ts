import { createAccumulator } from "@millrace/collective";
import type { LeafRange, VectorMemory } from "@millrace/collective";
import { PipelineBrokenError } from "@millrace/training";
import type { Replica } from "./replica.ts";

/**
 * Computes a node's parts of a step, each of which is given as soon as it is whole: several leaves at once, summed along the tree; or a part at
 * a time, where the replica sums them itself.
 */
export interface LeafWork {
  /**
   * @param halting Asked between leaves; true abandons the rest.
   * @param onPart Takes the sum of a part; its memory is used again from the next call of `run` on.
   * @returns Whether all parts were computed.
   */
  run(
    step: number,
    parts: readonly LeafRange[],
    halting: () => boolean,
    onPart: (part: LeafRange, sum: Float32Array) => void,
  ): Promise<boolean>;
}

/**
 * Creates the leaf work of one replica.
 * @param memory Where sums live.
 */
export function createLeafWork(
  replica: Pick<Replica, "vectorFloats" | "computeLeaf" | "computePart" | "concurrency" | "prepareLeaf">,
  memory: VectorMemory,
): LeafWork {
  const accumulator = createAccumulator(memory, replica.vectorFloats);
  const given: Float32Array[] = [];

  /** @returns Nothing if the leaf needed others who are no longer there. */
  async function compute(step: number, leaf: number, halting: () => boolean): Promise<Float32Array | undefined> {
    let vector: Float32Array | undefined;
    try {
      await replica.prepareLeaf?.(step, leaf);
      vector = accumulator.take();
      await replica.computeLeaf(step, leaf, vector);
      return vector;
    } catch (error) {
      if (!(error instanceof PipelineBrokenError && halting())) throw error;
      if (vector !== undefined) accumulator.release(vector);
      return undefined;
    }
  }

  const byParts: LeafWork["run"] = async (step, parts, halting, onPart) => {
    for (const part of parts) {
      const sum = accumulator.take();
      given.push(sum);
      if (!(await replica.computePart!(step, part, halting, sum)) || halting()) return false;
      onPart(part, sum);
    }
    return true;
  };

  const byLeaves: LeafWork["run"] = async (step, parts, halting, onPart) => {
    accumulator.begin(parts);
    const leaves = parts.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
    let left = parts.length;
    const worker = async (): Promise<void> => {
      for (let leaf = leaves.shift(); leaf !== undefined && !halting(); leaf = leaves.shift()) {
        const vector = await compute(step, leaf, halting);
        if (vector === undefined) return;
        const done = accumulator.add(leaf, vector);
        if (done === undefined) continue;
        given.push(done.sum);
        if (halting()) return;
        left--;
        onPart(done.part, done.sum);
      }
    };
    await Promise.all(Array.from({ length: replica.concurrency }, worker));
    return left === 0;
  };

  const work = replica.computePart === undefined ? byLeaves : byParts;
  return {
    run(step, parts, halting, onPart) {
      for (const sum of given.splice(0)) accumulator.release(sum);
      return work(step, parts, halting, onPart);
    },
  };
}
