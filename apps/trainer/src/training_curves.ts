/** What a training tells, as curves for tools outside. */
import { leastWaiting } from "@millrace/contracts";
import type { EventScalars } from "@millrace/training";
import type { TrainingProgress } from "./coordinator/ports.ts";

/** Takes down the curves of one training. */
export interface TrainingCurves {
  add(progress: TrainingProgress): void;
  /** All that was added is written. */
  close(): Promise<void>;
}

/** A training whose curves are taken down. */
export interface CurvesRequest {
  readonly project: string;
  readonly runId: string;
  /** Which claim of the job this is. */
  readonly claim: number;
  /** Steps that had been applied before; what was written of later ones is void. */
  readonly step: number;
  /** Multiplications and additions that a token costs. */
  readonly operationsPerToken: number;
}

/**
 * Creates the function that turns progress into points.
 * @param now Milliseconds from any fixed origin.
 * @param operationsPerToken Multiplications and additions that a token costs.
 * @returns A function that gives undefined where there is nothing to draw.
 */
export function curvePoints(
  now: () => number,
  operationsPerToken: number,
): (progress: TrainingProgress) => EventScalars | undefined {
  let lastMs = now();
  return (progress) => {
    const beganMs = lastMs;
    if (progress.type === "validation") return { step: progress.step, values: { "loss/validation": progress.loss } };
    if (progress.type === "lost" || progress.type === "slow") return undefined;
    lastMs = now();
    // A step's time is counted from the step before, or from when its members came together.
    if (progress.type === "members") return undefined;
    const { step, loss, gradientNorm, learningRate, tokens, nodes, productRate } = progress;
    const tokensPerSecond = (1000 * tokens) / Math.max(1, lastMs - beganMs);
    const perNode = nodes.flatMap(({ node, computeMs, exchangeMs, applyMs, sentBytes, stage }): [string, number][] => [
      [`compute_ms/${node}`, computeMs],
      [`exchange_ms/${node}`, exchangeMs],
      [`sent_bytes/${node}`, sentBytes],
      ...(stage
        ? ([
            [`waiting_share/${node}`, stage.waitMs / Math.max(1, computeMs + exchangeMs + applyMs)],
            ["waiting_share/least", leastWaiting(stage)],
          ] satisfies [string, number][])
        : []),
    ]);
    return {
      step,
      values: {
        "loss/train": loss,
        gradient_norm: gradientNorm,
        learning_rate: learningRate,
        ...(progress.skippedSteps !== undefined && { skipped_steps: progress.skippedSteps }),
        tokens_per_second: tokensPerSecond,
        ...(productRate && { product_share: (tokensPerSecond * operationsPerToken) / productRate }),
        ...Object.fromEntries(perNode),
      },
    };
  };
}
