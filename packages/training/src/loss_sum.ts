import { splitPoint } from "@millrace/collective";

/** A loss before it is divided: parts of it can be added. */
export interface LossSum {
  /** Nats over all counted targets. */
  readonly lossSum: number;
  /** Targets that were counted. */
  readonly targetCount: number;
}

/**
 * Adds the losses of leaves along the fixed binary tree, in float64.
 * @throws {RangeError} If there are none.
 */
export function sumLosses(leaves: readonly LossSum[]): LossSum {
  const sum = (start: number, end: number): LossSum => {
    const only = leaves[start];
    if (only === undefined) throw new RangeError("cannot sum no losses: wanted at least one");
    if (end - start === 1) return only;
    const middle = splitPoint(start, end);
    const [left, right] = [sum(start, middle), sum(middle, end)];
    return { lossSum: left.lossSum + right.lossSum, targetCount: left.targetCount + right.targetCount };
  };
  return sum(0, leaves.length);
}
