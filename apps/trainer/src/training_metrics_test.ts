import { createMetrics } from "@millrace/service";
import { expect, test } from "vitest";
import { trainingMeters } from "./training_metrics.ts";

const fingerprint = { runtime: "r", library: "l", kernelClass: "k", probe: "p" };
const step = { type: "step", step: 1, loss: 3.5, tokens: 100, gradientNorm: 1, learningRate: 0.1, nodes: [] } as const;

test("trainingMeters() counts steps and tokens, and tells loss and nodes while a training is under way", () => {
  const metrics = createMetrics();
  const meter = trainingMeters(metrics)("default");
  meter.add({ type: "members", generation: 1, step: 0, members: ["a", "b"], fingerprint });
  meter.add(step);
  meter.add({ ...step, step: 2, loss: 3.25 });
  meter.add({ type: "lost", node: "b", reason: "gone" });
  const lines = (): string[] =>
    metrics
      .text()
      .split("\n")
      .filter((line) => !line.startsWith("#") && line !== "");
  const counted = [
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
