import { sumLosses } from "@millrace/training";
import type { LossSum } from "@millrace/training";

/** One validation leaf's share of the loss. */
export interface LeafLoss extends LossSum {
  readonly leaf: number;
}

/** Who has reached the pause, and what they have measured there. */
export interface PauseLedger {
  /** A member has reached the pause after `step` steps. An entry of another step begins a new page. */
  reached(member: string, step: number, results: readonly LeafLoss[]): void;
  /** Whether all of `members` are there. */
  complete(members: readonly string[]): boolean;
  /** Mean loss over all validation leaves, nats a token, summed along the fixed tree. @throws {RangeError} If a leaf is missing. */
  loss(validationLeaves: number): number;
  clear(): void;
}

/** Creates an empty ledger. */
export function createPauseLedger(): PauseLedger {
  let page = -1;
  const there = new Set<string>();
  const losses = new Map<number, LeafLoss>();

  function clear(): void {
    there.clear();
    losses.clear();
  }

  return {
    reached(member, step, results) {
      if (step !== page) clear();
      page = step;
      there.add(member);
      for (const result of results) losses.set(result.leaf, result);
    },
    complete: (members) => members.length > 0 && members.every((member) => there.has(member)),
    loss(validationLeaves) {
      const leaves = Array.from({ length: validationLeaves }, (_, leaf) => {
        const found = losses.get(leaf);
        if (found === undefined)
          throw new RangeError(`validation leaf ${leaf} after ${page} steps was computed by nobody`);
        return found;
      });
      const { lossSum, targetCount } = sumLosses(leaves);
      return lossSum / targetCount;
    },
    clear,
  };
}
