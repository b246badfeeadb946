import { createAccumulator } from "@millrace/collective";
import type { LeafRange, Span, VectorMemory } from "@millrace/collective";
import { PipelineBrokenError } from "@millrace/training";
import type { Replica } from "./replica.ts";

/** Takes what of a part's sum is finished now and was not before; the sum's memory is used again from the next call of `run` on. */
export type OnPart = (part: LeafRange, sum: Float32Array, spans: readonly Span[]) => void;

/**
 * Computes a node's parts of a step, each of which is given as soon as it is whole: several leaves at once, summed along the tree; or a part at
 * a time, where the replica sums them itself. Where others wait for them, the last leaves are computed in phases, of which each is given by itself.
 */
export interface LeafWork {
  /**
   * @param halting Asked between leaves; true abandons the rest.
   * @returns Whether all parts were computed.
   */
  run(step: number, parts: readonly LeafRange[], halting: () => boolean, onPart: OnPart): Promise<boolean>;
}

/** What computes leaves. */
export type LeafReplica = Pick<
  Replica,
  "vectorFloats" | "phases" | "computeLeaf" | "computePart" | "concurrency" | "prepareLeaf"
>;

/**
 * Creates the leaf work of one replica.
 * @param memory Where sums live.
 * @param isAwaited Whether there are others who wait for what is given.
 * @param onMove Called after each leaf, or after each part where the replica sums them itself.
 */
export function createLeafWork(
  replica: LeafReplica,
  memory: VectorMemory,
  isAwaited: () => boolean,
  onMove: () => void,
): LeafWork {
  const accumulator = createAccumulator(memory, replica.vectorFloats);
  const whole: readonly Span[] = [{ start: 0, end: replica.vectorFloats }];

  /** @returns Nothing if the leaf needed others who are no longer there. */
  async function compute(
    step: number,
    leaf: number,
    halting: () => boolean,
    onPhase?: (vector: Float32Array, phase: number) => void,
  ): Promise<Float32Array | undefined> {
    let vector: Float32Array | undefined;
    try {
      await replica.prepareLeaf?.(step, leaf);
      const out = accumulator.take();
      vector = out;
      await replica.computeLeaf(step, leaf, out, onPhase && ((phase) => onPhase(out, phase)));
      onMove();
      return vector;
    } catch (error) {
      if (!(error instanceof PipelineBrokenError && halting())) throw error;
      if (vector !== undefined) accumulator.release(vector);
      return undefined;
    }
  }

  const byParts: LeafWork["run"] = async (step, parts, halting, onPart) => {
    accumulator.begin(parts, [whole]);
    for (const part of parts) {
      const sum = accumulator.take();
      if (!(await replica.computePart!(step, part, halting, sum)) || halting()) return false;
      onMove();
      onPart(part, sum, whole);
    }
    return true;
  };

  const byLeaves: LeafWork["run"] = async (step, parts, halting, onPart) => {
    const phases = isAwaited() ? (replica.phases ?? [whole]) : [whole];
    accumulator.begin(parts, phases);
    const leaves = parts.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
    let left = parts.length * phases.length;
    const give = (leaf: number, vector: Float32Array, phase: number): void => {
      const done = accumulator.add(leaf, vector, phase);
      if (done === undefined || halting()) return;
      left--;
      onPart(done.part, done.sum, phases[phase]!);
    };
    const worker = async (): Promise<void> => {
      for (let leaf = leaves.shift(); leaf !== undefined && !halting(); leaf = leaves.shift()) {
        const own = leaf;
        // What the leaves before the last are finished with early only waits for these.
        const isLast = phases.length > 1 && leaves.length < replica.concurrency;
        const onPhase = isLast ? (sum: Float32Array, phase: number) => give(own, sum, phase) : undefined;
        const vector = await compute(step, own, halting, onPhase);
        if (vector === undefined) return;
        if (!isLast) for (const phase of phases.keys()) give(own, vector, phase);
      }
    };
    await Promise.all(Array.from({ length: replica.concurrency }, worker));
    return left === 0;
  };

  return { run: replica.computePart === undefined ? byLeaves : byParts };
}
