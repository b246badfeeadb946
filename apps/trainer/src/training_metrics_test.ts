import { createMetrics } from "@millrace/service";
import { expect, test } from "vitest";
import { trainingMeters } from "./training_metrics.ts";

const fingerprint = { runtime: "r", library: "l", kernelClass: "k", probe: "p" };
const step = {
  type: "step",
  step: 1,
  loss: 3.5,
  tokens: 100,
  gradientNorm: 1,
  learningRate: 0.1,
  productRate: 1,
} as const;
const times = { computeMs: 1, exchangeMs: 1, applyMs: 1, idleMs: 1 };
const nodes = ["a", "b"].map((node) => ({ node, ...times, sentBytes: 1000 }));

test("trainingMeters() counts steps and tokens, and tells loss and nodes while a training is under way", () => {
  const metrics = createMetrics();
  const meter = trainingMeters(metrics)("default");
  meter.add({ type: "members", generation: 1, step: 0, members: ["a", "b"], fingerprint });
  meter.add({ ...step, nodes });
  meter.add({ ...step, step: 2, loss: 3.25, nodes });
  meter.add({ type: "lost", node: "b", reason: "gone" });
  const lines = (): string[] =>
    metrics
      .text()
      .split("\n")
      .filter((line) => !line.startsWith("#") && line !== "");
  const counted = [
    'millrace_training_sent_bytes_total{project="default"} 4000',
    'millrace_training_steps_total{project="default"} 2',
    'millrace_training_tokens_total{project="default"} 200',
  ];
  expect(lines()).toEqual([
    'millrace_training_loss{project="default"} 3.25',
    'millrace_training_nodes{project="default"} 1',
    ...counted,
  ]);
  meter.stop();
  expect(lines()).toEqual(counted);
});

test("trainingMeters() tells how many steps loss scaling has skipped, where there is loss scaling", () => {
  const metrics = createMetrics();
  const meter = trainingMeters(metrics)("default");
  meter.add({ ...step, nodes });
  expect(metrics.text()).not.toContain("skipped_steps{");
  meter.add({ ...step, step: 2, skippedSteps: 2, nodes });
  expect(metrics.text()).toContain('millrace_training_skipped_steps{project="default"} 2');
});
