import { splitPoint } from "@millrace/collective";

/** One validation leaf's share of the loss. */
export interface LeafLoss {
  readonly leaf: number;
  /** Nats. */
  readonly lossSum: number;
  readonly targetCount: number;
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

  function total(start: number, end: number): { lossSum: number; targetCount: number } {
    if (end - start === 1) {
      const leaf = losses.get(start);
      if (leaf === undefined) throw new RangeError(`validation leaf ${start} after ${page} steps was computed by nobody`);
      return leaf;
    }
    const middle = splitPoint(start, end);
    const [left, right] = [total(start, middle), total(middle, end)];
    return { lossSum: left.lossSum + right.lossSum, targetCount: left.targetCount + right.targetCount };
  }

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
      const { lossSum, targetCount } = total(0, validationLeaves);
      return lossSum / targetCount;
    },
    clear,
  };
}
