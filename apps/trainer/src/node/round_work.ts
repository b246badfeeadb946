import { addInto } from "@millrace/collective";
import type { LeafRange, VectorMemory } from "@millrace/collective";
import { createLeafWork, type LeafWork } from "./leaf_work.ts";
import type { Replica } from "./replica.ts";

/**
 * Creates the work of a node that makes steps of its own between exchanges. What it came to is the sum of its first part; its other parts
 * are zeros, since the tree is over leaves and what is added here is one vector a node.
 * @param rounds What the replica can do beside what others can.
 * @param onMove Called after each leaf, and each step of a round.
 */
export function createRoundWork(
  replica: Replica,
  rounds: NonNullable<Replica["rounds"]>,
  memory: VectorMemory,
  onMove: () => void,
): LeafWork {
  const { computeLeaf, concurrency } = replica;
  const leafWork = createLeafWork(
    { computeLeaf, concurrency, vectorFloats: rounds.leafFloats },
    memory,
    () => false,
    onMove,
  );
  const came = memory.take(replica.vectorFloats);
  const nothing = memory.take(replica.vectorFloats);
  const stepOfSums: NonNullable<typeof rounds.innerStepAlone> = async (step, parts, halting) => {
    const sums = new Map<LeafRange, Float32Array>();
    const isWhole = await leafWork.run(step, parts, halting, (part, sum) => void sums.set(part, sum));
    if (!isWhole) return false;
    // Parts are done in any order, and added in theirs.
    const [first, ...others] = parts.map((part) => sums.get(part)!);
    for (const sum of others) addInto(first!, sum);
    await rounds.innerStep(step, first!);
    return true;
  };
  const innerStep = rounds.innerStepAlone ?? stepOfSums;
  return {
    async run(round, parts, halting, onPart) {
      await rounds.beginRound();
      for (let inner = 0; inner < rounds.innerSteps; inner++) {
        if (!(await innerStep(round * rounds.innerSteps + inner, parts, halting))) {
          // What others see of this node is what all share.
          await rounds.beginRound();
          return false;
        }
        onMove();
      }
      await rounds.endRound(came);
      const whole = [{ start: 0, end: replica.vectorFloats }];
      parts.forEach((part, index) => onPart(part, index === 0 ? came : nothing, whole));
      return true;
    },
  };
}
