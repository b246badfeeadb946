import type { NodeStep, TrainingProgress } from "./ports.ts";

/** What a node reports about a step. */
export interface StepReport extends Omit<NodeStep, "node"> {
  readonly step: number;
  readonly lossSum: number;
  readonly targetCount: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly skippedSteps?: number | undefined;
}

/** A step as its members together report it. */
export type ReportedStep = Omit<TrainingProgress & { type: "step" }, "productRate">;

/** Gathers the members' reports of a step into one line of progress; a step done again after a loss is reported once. */
export interface StepReports {
  add(node: string, report: StepReport, members: number): void;
  /** All members stand still: what is not complete stays so, as where one was given the state instead of making the step. */
  paused(): void;
}

/**
 * Creates the gatherer.
 * @param emit Takes each step once, in order: when all members have reported it or a later one, or one is two steps ahead.
 */
export function createStepReports(emit: (step: ReportedStep) => void): StepReports {
  let emitted = 0;
  const open = new Map<number, { report: StepReport; nodes: Map<string, NodeStep> }>();

  function flush(last: number): void {
    for (const step of [...open.keys()].filter((step) => step <= last).sort((a, b) => a - b)) {
      const { report, nodes } = open.get(step)!;
      open.delete(step);
      emitted = step + 1;
      const { lossSum, targetCount: tokens, gradientNorm, learningRate, skippedSteps } = report;
      const own = { loss: lossSum / tokens, tokens, gradientNorm, learningRate };
      const scaling = skippedSteps === undefined ? {} : { skippedSteps };
      emit({ type: "step", step: emitted, ...own, ...scaling, nodes: [...nodes.values()] });
    }
  }

  return {
    add(node, report, members) {
      const { step, computeMs, exchangeMs, applyMs, idleMs, sentBytes, stage } = report;
      if (step < emitted) return;
      const entry = open.get(step) ?? { report, nodes: new Map<string, NodeStep>() };
      open.set(step, entry);
      const times = { computeMs, exchangeMs, applyMs, idleMs, sentBytes };
      entry.nodes.set(node, { node, ...times, ...(stage && { stage }) });
      // Members are one step apart at most, but their reports come over links of their own: the last one's may be late.
      flush(entry.nodes.size >= members ? step : step - 2);
    },
    paused: () => flush(Infinity),
  };
}
