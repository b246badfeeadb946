import { LiveTraining } from "@millrace/contracts";
import { expect, test } from "vitest";
import type { TrainingProgress } from "./coordinator/ports.ts";
import { createProgressGatherer } from "./progress_report.ts";

const fingerprint = { runtime: "r", library: "l", kernelClass: "k", probe: "p" };
const members = (generation: number, step: number, ...names: string[]): TrainingProgress => ({
  type: "members",
  generation,
  step,
  members: names,
  fingerprint,
});
const step = (number: number, ...nodes: string[]): TrainingProgress => ({
  type: "step",
  step: number,
  loss: 5 - number,
  tokens: 100,
  gradientNorm: 1,
  learningRate: 0.1,
  productRate: 500_000,
  nodes: nodes.map((node) => ({ node, computeMs: 5, exchangeMs: 2, applyMs: 1, idleMs: 3, sentBytes: 40 })),
});

function gatherer() {
  const clock = { ms: 0 };
  return { clock, gatherer: createProgressGatherer({ runId: "run", step: 0, steps: 9 }, () => clock.ms, 1000) };
}

test("take() gives what came since the last time, sums per node, and nothing when nothing came", () => {
  const { clock, gatherer: run } = gatherer();
  run.add(members(1, 0, "a", "b"));
  for (const number of [1, 2]) {
    clock.ms += 500;
    run.add(step(number, "a", "b"));
  }
  const report = run.take();
  expect(report).toMatchObject({
    step: 2,
    points: [
      { step: 1, loss: 4, tokensPerSecond: 200, productShare: 0.4, elapsedSeconds: 0.5 },
      { step: 2, loss: 3, tokensPerSecond: 200, productShare: 0.4, elapsedSeconds: 1 },
    ],
    changes: [
      { node: "a", change: "joined", generation: 1 },
      { node: "b", change: "joined", generation: 1 },
    ],
  });
  expect(report?.nodes).toContainEqual({
    node: "b",
    generation: 1,
    step: 2,
    steps: 2,
    computeMs: 12,
    exchangeMs: 4,
    idleMs: 6,
    sentBytes: 80,
  });
  expect(run.take()).toBeUndefined();
});

test("take() joins a validation with the point of its step, also when that was taken before", () => {
  const { gatherer: run } = gatherer();
  run.add(step(1, "a"));
  run.take();
  run.add({ type: "validation", step: 1, loss: 4.5 });
  expect(run.take()?.points).toEqual([expect.objectContaining({ step: 1, loss: 4, validationLoss: 4.5 })]);
});

test("take() and live() say which stage a node has, and pipeline how all waited", () => {
  const clock = { ms: 0 };
  const run = createProgressGatherer(
    { runId: "run", step: 0, steps: 9 },
    () => clock.ms,
    1000,
    (stage) => ({
      start: stage,
      end: stage + 1,
    }),
  );
  expect(run.pipeline).toBeUndefined();
  run.add(members(1, 0, "a", "b"));
  for (const number of [1, 2]) {
    const told = step(number, "a", "b") as TrainingProgress & { type: "step" };
    const nodes = told.nodes.map((one, index) => ({ ...one, stage: { index, of: 2, leaves: 3, waitMs: 1 + index } }));
    run.add({ ...told, nodes });
  }
  expect(run.take()?.nodes[1]?.stage).toEqual({ index: 1, of: 2, layers: { start: 1, end: 2 }, leaves: 3, waitMs: 4 });
  // Of 8 ms a step, 1 and 2.
  expect(run.pipeline).toEqual({ stages: 2, waiting: 0.1875, leastWaiting: 0.25 });
  expect(LiveTraining.parse(run.live()).nodes).toHaveLength(2);
});

test("live() shows who is there and what came and went", () => {
  const { gatherer: run } = gatherer();
  run.add(members(1, 0, "a", "b"));
  run.add(step(1, "a", "b"));
  run.take();
  run.add({ type: "lost", node: "b", reason: "was ended by SIGKILL" });
  run.add(members(2, 1, "a"));
  run.add(members(3, 1, "a", "c"));
  run.add(step(2, "a", "c"));
  const live = LiveTraining.parse(run.live());
  expect(live).toMatchObject({ runId: "run", step: 2, steps: 9, generation: 3 });
  expect(live.nodes.map(({ node }) => node)).toEqual(["a", "c"]);
  expect(live.changes.map(({ node, change, generation }) => [node, change, generation])).toEqual([
    ["a", "joined", 1],
    ["b", "joined", 1],
    ["b", "lost", 1],
    ["c", "joined", 3],
  ]);
});

test("trainLoss is that of the last step", () => {
  const { gatherer: run } = gatherer();
  expect(run.trainLoss).toBeUndefined();
  run.add(step(1, "a"));
  run.add({ type: "validation", step: 1, loss: 9 });
  expect(run.trainLoss).toBe(4);
});

test("exchangedBytesPerStep is the mean over the steps of what all nodes sent", () => {
  const { gatherer: run } = gatherer();
  expect(run.exchangedBytesPerStep).toBeUndefined();
  run.add(step(1, "a", "b"));
  run.add(step(2, "a"));
  expect(run.exchangedBytesPerStep).toBe(60);
});
