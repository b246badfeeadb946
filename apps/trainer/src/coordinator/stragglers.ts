/**
 * Finds the node that holds the others up: all wait for the slowest, so a step is as long as its part. Only nodes that have the same to do can be held
 * beside each other: all, or those with one stage of the model. Stages differ (the first has the table of tokens at both ends, later ones
 * may have a layer more), so where there is one pipeline nobody can be named.
 */
import { ownedRange } from "@millrace/collective";
import type { NodeStep, Straggler } from "./ports.ts";

export interface StragglerWatch {
  /**
   * Takes what all nodes spent on a step.
   * @param nodes In the order in which they share out the leaves; where there are stages, in any.
   * @returns The node that is slowest beside its like, once when it has become too slow.
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
      nodes.forEach((node, at) => (window.totals[at]! += workMs(node)));
      if (window.steps < LEAST_STEPS || Math.max(...window.totals) < LEAST_MS) return undefined;
      const found = slowest(nodes, window.totals, leaves);
      window = { names, steps: 0, totals: nodes.map(() => 0) };
      const before = slow;
      slow = found?.node;
      return slow === before ? undefined : found;
    },
  };
}

/** Stages wait for each other within the time that they compute and apply. */
function workMs({ computeMs, applyMs, stage }: NodeStep): number {
  return stage === undefined ? computeMs : Math.max(0, computeMs + applyMs - stage.waitMs);
}

function slowest(nodes: readonly NodeStep[], totals: readonly number[], leaves: number): Straggler | undefined {
  // Shares differ by a leaf, so what is compared is the time of one.
  const leafMs = nodes.map(({ stage }, at) => {
    const { start, end } = ownedRange(at, nodes.length, leaves);
    return totals[at]! / (stage?.leaves ?? end - start);
  });
  const found = nodes.flatMap(({ node, stage }, at): Straggler[] => {
    const like = leafMs.filter((_, other) => other !== at && nodes[other]!.stage?.index === stage?.index);
    const median = like.toSorted((a, b) => a - b)[Math.floor(like.length / 2)];
    return median === undefined ? [] : [{ node, ratio: leafMs[at]! / median }];
  });
  const [worst] = found.toSorted((a, b) => b.ratio - a.ratio);
  return worst !== undefined && worst.ratio > SLOW_RATIO ? worst : undefined;
}
