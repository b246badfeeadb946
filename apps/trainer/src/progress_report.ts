/** Turns what a coordinator tells of a run into what is published: gathered, so that it can be told once a second. */
import {
  leastWaiting,
  type LiveTraining,
  type NodeActivity,
  type NodeChange,
  type Pipeline,
  type StageActivity,
  type TrainingPoint,
} from "@millrace/contracts";
import type { TrainingProgress } from "./coordinator/ports.ts";

/** What has come together since it was last taken. */
export interface ProgressReport {
  /** Steps applied. */
  readonly step: number;
  readonly points: TrainingPoint[];
  readonly nodes: NodeActivity[];
  readonly changes: NodeChange[];
}

export interface ProgressGatherer {
  add(progress: TrainingProgress): void;
  /** Takes what has come together; undefined if nothing has. */
  take(): ProgressReport | undefined;
  /** The run as it stands. */
  live(): LiveTraining;
  /** Mean loss of the last step; undefined before the first. */
  readonly trainLoss: number | undefined;
  /** Bytes that the nodes together sent each other in a step, on average; undefined before the first. */
  readonly exchangedBytesPerStep: number | undefined;
  /** How stages waited for each other; undefined before the first step, and where there are none. */
  readonly pipeline: Pipeline | undefined;
}

/** Newest changes that a viewer is shown; also the most that one report may carry. */
const MOST_CHANGES = 256;
const MOST_NODES = 256;

/**
 * Creates the gatherer of one run.
 * @param run Its name, and where it stands: at `step` of `steps`.
 * @param elapsedMs Training time until now, over all attempts.
 * @param operationsPerToken Multiplications and additions that a token costs.
 * @param layersOf Blocks of a stage, where the model is cut into some.
 */
export function createProgressGatherer(
  run: Pick<LiveTraining, "runId" | "step" | "steps">,
  elapsedMs: () => number,
  operationsPerToken: number,
  layersOf?: (stage: number) => StageActivity["layers"],
): ProgressGatherer {
  let { step } = run;
  let generation = 0;
  let members: readonly string[] = [];
  let changed = false;
  let lastPoint: TrainingPoint | undefined;
  let lastStepMs = elapsedMs();
  let trainLoss: number | undefined;
  let sent = { steps: 0, bytes: 0 };
  const inStages = { spentMs: 0, waitMs: 0, leastMs: 0, of: 0 };
  const points = new Map<number, TrainingPoint>();
  const activity = new Map<string, NodeActivity>();
  // What each node did last stays visible after it was reported.
  const shown = new Map<string, NodeActivity>();
  const unreported: NodeChange[] = [];
  const changes: NodeChange[] = [];

  const seconds = (): number => Math.round(elapsedMs()) / 1000;

  function addPoint(point: TrainingPoint): void {
    // A validation belongs to the step's point, which may have been reported already.
    const known = points.get(point.step) ?? (lastPoint?.step === point.step ? lastPoint : {});
    lastPoint = { ...known, ...point };
    points.set(point.step, lastPoint);
  }

  function addStep(progress: TrainingProgress & { type: "step" }): void {
    const nowMs = elapsedMs();
    const spentMs = Math.max(1, nowMs - lastStepMs);
    lastStepMs = nowMs;
    ({ step, loss: trainLoss } = progress);
    const { loss, gradientNorm, learningRate, tokens, productRate } = progress;
    const tokensPerSecond = Math.round((1000 * tokens) / spentMs);
    const share = productRate && (1000 * tokens * operationsPerToken) / spentMs / productRate;
    const speed = { tokensPerSecond, ...(share && { productShare: Number(share.toFixed(4)) }) };
    const elapsedSeconds = seconds();
    const scaling = progress.skippedSteps === undefined ? {} : { skippedSteps: progress.skippedSteps };
    addPoint({ step, loss, gradientNorm, learningRate, ...scaling, ...speed, elapsedSeconds });
    const sentBytes = progress.nodes.reduce((sum, node) => sum + node.sentBytes, 0);
    sent = { steps: sent.steps + 1, bytes: sent.bytes + sentBytes };
    for (const { node, computeMs, exchangeMs, applyMs, idleMs, sentBytes, stage } of progress.nodes) {
      const before = activity.get(node);
      if (stage) {
        const spentMs = computeMs + exchangeMs + applyMs;
        inStages.of = stage.of;
        inStages.spentMs += spentMs;
        inStages.waitMs += stage.waitMs;
        inStages.leastMs += spentMs * leastWaiting(stage);
      }
      const sum = {
        node,
        generation,
        step,
        steps: (before?.steps ?? 0) + 1,
        computeMs: (before?.computeMs ?? 0) + computeMs + applyMs,
        exchangeMs: (before?.exchangeMs ?? 0) + exchangeMs,
        idleMs: (before?.idleMs ?? 0) + idleMs,
        sentBytes: (before?.sentBytes ?? 0) + sentBytes,
        ...(stage &&
          layersOf && {
            stage: {
              ...stage,
              layers: layersOf(stage.index),
              waitMs: (before?.stage?.waitMs ?? 0) + stage.waitMs,
            },
          }),
      };
      activity.set(node, sum);
      shown.set(node, sum);
    }
  }

  function addChange(node: string, change: NodeChange["change"], reason: string): void {
    // A node may be lost before there is any generation.
    const entry = { node, change, generation: Math.max(1, generation), step, reason, elapsedSeconds: seconds() };
    for (const list of [unreported, changes]) {
      list.push(entry);
      if (list.length > MOST_CHANGES) list.shift();
    }
    if (change === "lost") shown.delete(node);
  }

  return {
    add(progress) {
      changed = true;
      if (progress.type === "step") addStep(progress);
      else if (progress.type === "validation") {
        addPoint({ step: progress.step, validationLoss: progress.loss, elapsedSeconds: seconds() });
      } else if (progress.type === "lost") addChange(progress.node, "lost", progress.reason);
      else if (progress.type === "slow") {
        const times = progress.ratio.toFixed(1);
        addChange(progress.node, "slow", `its micro-batches take ${times} times as long as the others'`);
      } else {
        ({ generation, step } = progress);
        for (const name of progress.members)
          if (!members.includes(name)) addChange(name, "joined", "is part of the run");
        members = progress.members;
      }
    },
    take() {
      if (!changed) return undefined;
      changed = false;
      const report = {
        step,
        points: [...points.values()],
        nodes: [...activity.values()].slice(0, MOST_NODES),
        changes: unreported.splice(0),
      };
      points.clear();
      activity.clear();
      return report;
    },
    live: () => ({ ...run, step, generation, nodes: [...shown.values()], changes: [...changes] }),
    get trainLoss() {
      return trainLoss;
    },
    get pipeline() {
      const { of: stages, spentMs, waitMs, leastMs } = inStages;
      if (spentMs === 0) return undefined;
      return { stages, waiting: round(waitMs / spentMs), leastWaiting: round(leastMs / spentMs) };
    },
    get exchangedBytesPerStep() {
      return sent.steps === 0 ? undefined : Math.round(sent.bytes / sent.steps);
    },
  };
}

function round(share: number): number {
  return Number(share.toFixed(4));
}
