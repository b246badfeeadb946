import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TrainingProgress } from "../coordinator/ports.ts";
import { readEventFiles } from "../testing/read_event_files.ts";
import { LOSSES, writeResumedCurves } from "../testing/resumed_curves.ts";
import { tensorboardFiles } from "./tensorboard_files.ts";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "millrace-curves-"))));
afterAll(() => rm(folder, { recursive: true }));

const fingerprint = { runtime: "", library: "", kernelClass: "", probe: "" };
const members: TrainingProgress = { type: "members", generation: 1, step: 20, members: ["a", "b"], fingerprint };
const times = { applyMs: 1, idleMs: 0, sentBytes: 4000 };
const step: TrainingProgress = {
  type: "step",
  step: 21,
  loss: 5.25,
  tokens: 512,
  gradientNorm: 1.5,
  learningRate: 0.25,
  productRate: 4_096_000,
  nodes: [
    { node: "a", computeMs: 7, exchangeMs: 4.5, ...times },
    { node: "b", computeMs: 9, exchangeMs: 2.5, ...times },
  ],
};

test("tensorboardFiles() writes what TensorBoard shows, and voids what an earlier attempt wrote of later steps", async () => {
  let nowMs = 1_764_201_600_000;
  const curves = tensorboardFiles({ folder, log: { warn: expect.fail }, now: () => nowMs });
  const request = { project: "default", runId: "run-1", claim: 3, step: 20, operationsPerToken: 1000 };
  const open = curves(request);
  nowMs += 60_000;
  open.add(members);
  nowMs += 250;
  open.add(step);
  open.add({ type: "lost", node: "b", reason: "" });
  open.add({ type: "validation", step: 21, loss: 5.5 });
  await open.close();
  const again = curves({ ...request, claim: 4, step: 21 });
  await again.close();

  const none = { version: undefined, isRestart: false, values: {} };
  const begin = { ...none, wallSeconds: 1_764_201_600, step: 0, version: "brain.Event:2" };
  const end = { ...none, wallSeconds: 1_764_201_660.25, step: 21 };
  expect(await readEventFiles(join(folder, "default", "run-1"))).toEqual([
    begin,
    { ...begin, version: undefined, step: 21, isRestart: true },
    {
      ...end,
      values: {
        "loss/train": 5.25,
        gradient_norm: 1.5,
        learning_rate: 0.25,
        tokens_per_second: 2048,
        product_share: 0.5,
        "compute_ms/a": 7,
        "compute_ms/b": 9,
        "exchange_ms/a": 4.5,
        "exchange_ms/b": 2.5,
        "sent_bytes/a": 4000,
        "sent_bytes/b": 4000,
      },
    },
    { ...end, values: { "loss/validation": 5.5 } },
    { ...end, version: "brain.Event:2", step: 0 },
    { ...end, step: 22, isRestart: true },
  ]);
});

test("tensorboardFiles() of a run that was resumed are one curve to TensorBoard, which has read these bytes", async () => {
  const resumed = join(folder, "resumed");
  const golden = JSON.parse(
    await readFile(new URL("../testdata/resumed_curves_golden.json", import.meta.url), "utf8"),
  ) as {
    readonly files: readonly string[];
    /** Seconds, step and value of each point by tag. */
    readonly scalars: Readonly<Record<string, readonly (readonly [number, number, number])[]>>;
  };
  const files = await writeResumedCurves(resumed);
  expect(files.map((bytes) => Buffer.from(bytes).toString("base64"))).toEqual(golden.files);

  // Of the first attempt what came after the second one's beginning is void.
  const losses = [...LOSSES.first.slice(0, 2), ...LOSSES.second];
  const [first, second] = [1_764_201_600, 1_764_201_602];
  const seconds = [first + 0.25, first + 0.5, second + 0.25, second + 0.5, second + 0.75];
  const pointsOf = (values: readonly number[]) => values.map((value, at) => [seconds[at], at + 1, value]);
  expect(golden.scalars).toEqual({
    "loss/train": pointsOf(losses),
    "loss/validation": [1, 3].map((at) => [seconds[at], at + 1, losses[at]! + 1]),
    gradient_norm: pointsOf([1.5, 1.5, 1.5, 1.5, 1.5]),
    learning_rate: pointsOf([0.25, 0.25, 0.25, 0.25, 0.25]),
    tokens_per_second: pointsOf([2048, 2048, 2048, 2048, 2048]),
    "compute_ms/a": pointsOf([7, 7, 7, 7, 7]),
    "exchange_ms/a": pointsOf([1, 2, 3, 4, 5]),
    "sent_bytes/a": pointsOf([4000, 4000, 4000, 4000, 4000]),
  });
});

test.each(["../../above", "..", "/etc/run", "a\0b"])(
  "tensorboardFiles() stays in its project's folder for a run named %j",
  async (runId) => {
    const hostile = join(folder, "hostile");
    const open = tensorboardFiles({ folder: hostile, log: { warn: expect.fail }, now: () => 0 });
    await open({ project: "one", runId, claim: 1, step: 0, operationsPerToken: 1 }).close();
    expect(await readdir(hostile)).toEqual(["one"]);
    const [only] = await readdir(join(hostile, "one"));
    expect(await readdir(join(hostile, "one", only!))).toHaveLength(1);
    await rm(hostile, { recursive: true });
  },
);

test("tensorboardFiles() tells once that its files cannot be written, and goes on", async () => {
  const file = join(folder, "a-file");
  await writeFile(file, "");
  const told: unknown[] = [];
  const open = tensorboardFiles({ folder: file, log: { warn: (...words) => told.push(words) }, now: () => 0 });
  const curves = open({ project: "default", runId: "run-1", claim: 1, step: 0, operationsPerToken: 1 });
  for (let i = 0; i < 3; i++) curves.add(step);
  await curves.close();
  expect(told).toEqual([["curves are not written", expect.objectContaining({ error: expect.any(Error) })]]);
});
