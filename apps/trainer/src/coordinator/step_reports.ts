import type { NodeStep, TrainingProgress } from "./ports.ts";

/** What a node reports about a step. */
export interface StepReport extends Omit<NodeStep, "node"> {
  readonly step: number;
  readonly lossSum: number;
  readonly targetCount: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
}

/** Gathers the members' reports of a step into one line of progress; a step done again after a loss is reported once. */
export interface StepReports {
  add(node: string, report: StepReport, members: number): void;
}

/**
 * Creates the gatherer.
 * @param emit Takes each step once, in order: when all members have reported it, or one has reported a later step.
 */
export function createStepReports(emit: (progress: TrainingProgress & { type: "step" }) => void): StepReports {
  let emitted = 0;
  let current: { report: StepReport; nodes: NodeStep[] } | undefined;

  function flush(): void {
    if (current === undefined) return;
    const { report, nodes } = current;
    current = undefined;
    emitted = report.step + 1;
    const { lossSum, targetCount: tokens, gradientNorm, learningRate } = report;
    emit({ type: "step", step: emitted, loss: lossSum / tokens, tokens, gradientNorm, learningRate, nodes });
  }

  return {
    add(node, report, members) {
      if (report.step < emitted) return;
      if (current !== undefined && report.step > current.report.step) flush();
      const { computeMs, exchangeMs, applyMs, idleMs } = report;
      current ??= { report, nodes: [] };
      current.nodes.push({ node, computeMs, exchangeMs, applyMs, idleMs });
      if (current.nodes.length >= members) flush();
    },
  };
}
