/** What is measured of training. */
import { counter, gauge, type Metrics } from "@millrace/service";
import type { TrainingProgress } from "./coordinator/ports.ts";

const STEPS = counter({
  name: "millrace_training_steps_total",
  help: "Steps of training applied; those that are done again after a loss count again.",
  labels: ["project"],
});
const TOKENS = counter({
  name: "millrace_training_tokens_total",
  help: "Tokens trained on.",
  labels: ["project"],
});
const SENT = counter({
  name: "millrace_training_sent_bytes_total",
  help: "Bytes that nodes of a training sent each other.",
  labels: ["project"],
});
const SKIPPED = gauge({
  name: "millrace_training_skipped_steps",
  help: "Steps that loss scaling has skipped in a training of mixed precision under way.",
  labels: ["project"],
});
const LOSS = gauge({
  name: "millrace_training_loss",
  help: "Loss of the last step of a training under way, in nats a token.",
  labels: ["project"],
});
const NODES = gauge({
  name: "millrace_training_nodes",
  help: "Nodes of a training under way.",
  labels: ["project"],
});

/** Notes one training, in `project`, from its beginning. */
export interface TrainingMeter {
  add(progress: TrainingProgress): void;
  /** It is no longer under way. */
  stop(): void;
}

/** Makes meters of trainings that run one after another. */
export function trainingMeters(metrics: Metrics): (project: string) => TrainingMeter {
  let loss: number | undefined;
  let skippedSteps: number | undefined;
  let nodes: ReadonlySet<string> = new Set();
  let labels = { project: "" };
  metrics.collect(LOSS, () => (loss === undefined ? [] : [{ labels, value: loss }]));
  metrics.collect(SKIPPED, () => (skippedSteps === undefined ? [] : [{ labels, value: skippedSteps }]));
  metrics.collect(NODES, () => (nodes.size === 0 ? [] : [{ labels, value: nodes.size }]));
  return (project) => {
    labels = { project };
    return {
      add(progress) {
        if (progress.type === "step") {
          ({ loss, skippedSteps } = progress);
          metrics.add(STEPS, labels);
          metrics.add(TOKENS, labels, progress.tokens);
          metrics.add(
            SENT,
            labels,
            progress.nodes.reduce((sum, node) => sum + node.sentBytes, 0),
          );
        } else if (progress.type === "members") nodes = new Set(progress.members);
        else if (progress.type === "lost") nodes = new Set([...nodes].filter((name) => name !== progress.node));
      },
      stop() {
        loss = undefined;
        skippedSteps = undefined;
        nodes = new Set();
      },
    };
  };
}
