/** Finds the node that holds the others up: all wait for the slowest, so a step is as long as its part. */
import { ownedRange } from "@millrace/collective";
import type { NodeStep, Straggler } from "./ports.ts";

export interface StragglerWatch {
  /**
   * Takes what all nodes spent on a step.
   * @param nodes In the order in which they share out the leaves.
   * @returns The slowest node, once when it has become too slow.
   */
  add(nodes: readonly NodeStep[]): Straggler | undefined;
}

/** A leaf that takes half as long again is no accident over so many steps and so much time. */
const SLOW_RATIO = 1.5;
const LEAST_STEPS = 20;
const LEAST_MS = 2_000;

/**
 * Creates a watch over the nodes of one run.
 * @param leaves Leaves of a step.
 */
export function createStragglerWatch(leaves: number): StragglerWatch {
  let window: { names: string; steps: number; totals: number[] } = { names: "", steps: 0, totals: [] };
  let slow: string | undefined;

  return {
    add(nodes) {
      const names = nodes.map(({ node }) => node).join(" ");
      if (window.names !== names) window = { names, steps: 0, totals: nodes.map(() => 0) };
      window.steps++;
      nodes.forEach(({ computeMs }, at) => (window.totals[at]! += computeMs));
      if (window.steps < LEAST_STEPS || Math.max(...window.totals) < LEAST_MS) return undefined;
      const found = slowest(nodes, window.totals, leaves);
      window = { names, steps: 0, totals: nodes.map(() => 0) };
      const before = slow;
      slow = found?.node;
      return slow === before ? undefined : found;
    },
  };
}

function slowest(nodes: readonly NodeStep[], totals: readonly number[], leaves: number): Straggler | undefined {
  // Shares differ by a leaf, so what is compared is the time of one.
  const leafMs = totals.map((total, at) => {
    const { start, end } = ownedRange(at, nodes.length, leaves);
    return total / (end - start);
  });
  const most = Math.max(...leafMs);
  const at = leafMs.indexOf(most);
  const others = leafMs.toSpliced(at, 1).toSorted((a, b) => a - b);
  const median = others[Math.floor(others.length / 2)];
  if (median === undefined || most <= SLOW_RATIO * median) return undefined;
  return { node: nodes[at]!.node, ratio: most / median };
}
