import { fileStore } from "@millrace/artifacts/file";
import { Recipe, type RecipeInput, TokenManifest } from "@millrace/contracts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ModelSettings } from "./model_settings.ts";
import { planJob } from "./plan_job.ts";
import { readJsonArtifact } from "./read_json_artifact.ts";
import { TINY_RECIPE, tinyCorpus } from "./testing/tiny_corpus.ts";
import { isRepeatable } from "./repeatable.ts";
import { basisDifferences } from "./training_basis.ts";
import type { TrainingDevice } from "./training_device.ts";
import { TrainingJob } from "./training_job.ts";
import { withWayOut } from "./way_out.ts";

let folder: string;
let tokenized: TokenManifest;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-plan-"));
  const artifacts = fileStore(folder).forProject("default");
  tokenized = await readJsonArtifact(artifacts, (await tinyCorpus(artifacts)).tokenized.sha256, TokenManifest);
});
afterAll(() => rm(folder, { recursive: true }));

async function plan(run: string, train: Partial<RecipeInput["train"]> = {}, device: TrainingDevice = "cpu") {
  const recipe = Recipe.parse({ ...TINY_RECIPE, train: { ...TINY_RECIPE.train, ...train } });
  const planned = await planJob(run, recipe, tokenized, undefined, device);
  if ("code" in planned) throw new Error(planned.message);
  return planned;
}

test("planJob() makes a job that coordinators and nodes accept, with every shard under its number", async () => {
  const { job, config } = await plan("run");
  expect(TrainingJob.parse(job)).toEqual(job);
  expect(Object.keys(job.blobs)).toEqual(["train.0", "train.1", "validation.0", "validation.1"]);
  expect(config).toMatchObject({ vocabularySize: 257, contextLength: 16 });
});

test("planJob() gives one hash to all that trains to the same bytes, and another to the rest", async () => {
  const { jobHash } = await plan("one");
  expect((await plan("two", { nodes: 3, timeLimitSeconds: 9 })).jobHash).toBe(jobHash);
  const planned = await planJob(
    "three",
    Recipe.parse({ ...TINY_RECIPE, model: { ...TINY_RECIPE.model, layers: 2 } }),
    tokenized,
  );
  const staged = {
    ...TINY_RECIPE,
    model: { ...TINY_RECIPE.model, layers: 2 },
    train: { ...TINY_RECIPE.train, nodes: 2, pipelineStages: 2 },
  };
  expect(await planJob("four", Recipe.parse(staged), tokenized)).toMatchObject({
    jobHash: "jobHash" in planned && planned.jobHash,
    train: { pipelineStages: 2 },
  });
  expect((await plan("one", { seed: 2 })).jobHash).not.toBe(jobHash);
  expect((await plan("one", { patience: 2 })).jobHash).not.toBe(jobHash);
});

test("planJob() gives one basis to what differs in the course of training alone, and tells checkpoints it goes on from apart", async () => {
  const { basis, jobHash } = await plan("one");
  const course = {
    learningRate: 0.001,
    clip: 0.5,
    steps: 99,
    warmupSteps: 0,
    weightDecay: 0,
    patience: 3,
  };
  expect((await plan("two", { ...course, schedule: "linear", validateEvery: 7 })).basis).toEqual(basis);
  for (const other of [
    { seed: 2 },
    { leaves: 2 },
    { leafBatch: 1 },
    { optimiser: "muon" },
    { beta2: 0.95 },
    { averageDecay: 0.9 },
  ] as const) {
    expect((await plan("one", other)).basis).not.toEqual(basis);
  }
  const hashes = await Promise.all(["a@20", "a@40", "b@20"].map(async (from) => (await plan("one", { from })).jobHash));
  expect(new Set([jobHash, ...hashes]).size).toBe(4);
  expect(await plan("one", { from: "a@b@20" })).toMatchObject({ basis, origin: { run: "a@b", step: 20 } });
});

test("planJob() gives a training labelled exact the basis of no training that is not, so that it cannot go on from one", async () => {
  const exact = await plan("one");
  expect(isRepeatable(exact.device, exact.train)).toBe(true);
  const inexact = [
    await plan("card", {}, "webgpu"),
    await plan("fp16", { exchange: "fp16" }),
    await plan("int8", { exchange: "int8" }),
    // A step is a round of one: nothing but the exchange is another.
    await plan("diloco", { exchange: "diloco", outerEvery: 1 }),
  ];
  for (const { job, device, train, basis } of inexact) {
    expect(isRepeatable(device, train), job.run).toBe(false);
    expect(basisDifferences(basis, exact.basis), job.run).not.toEqual([]);
  }
});

test("the command that withWayOut() prints keeps the basis of a recipe that names neither optimiser nor learning rate", async () => {
  const open = { optimiser: undefined, learningRate: undefined };
  const failed = await plan("run-1a2b3c4d", open);
  expect(failed.train.optimiser.name).toBe("muon");
  const { message } = withWayOut({ code: "non_finite_loss", message: "training" }, "run-1a2b3c4d", [4], failed);
  const written = [...message.matchAll(/--set train\.(\w+)=([^\s"]+)/g)].map(([, key, value]) => [key, value] as const);
  const { learningRate, ...others } = Object.fromEntries(written) as Partial<Record<string, string>>;
  const again = await plan("run-2b3c4d5e", { ...open, ...others, learningRate: Number(learningRate) });
  expect(again.basis).toEqual(failed.basis);
  expect(again.origin).toEqual({ run: "run-1a2b3c4d", step: 4 });
  expect(again.train.learningRate).toBeCloseTo(failed.train.learningRate / 10, 6);
});

test("planJob() gives nodes the optimiser, the schedule, the groups and the average of a recipe", async () => {
  const sgd = { optimiser: "sgd", learningRate: 0.1, schedule: "wsd", decaySteps: 3 } as const;
  const { job } = await plan("run", { ...sgd, decayGroups: ["hidden"], averageDecay: 0.9 });
  expect(ModelSettings.parse(job.replica).training).toMatchObject({
    optimiser: { name: "sgd", momentum: 0.9, nesterov: false },
    schedule: { name: "wsd", decaySteps: 3 },
    decayGroups: ["hidden"],
    averageDecay: 0.9,
  });
});

test("planJob() writes the job of a recipe that chooses nothing as versions without a choice did, so that it goes on from their checkpoints", async () => {
  const { job } = await plan("run");
  expect(JSON.stringify(job.replica["training"])).toBe(
    '{"seed":1,"leafBatch":2,"leafThreads":1,"learningRate":0.01,"finalLearningRate":0.001,"warmupSteps":1,"weightDecay":0.1,"beta1":0.9,"beta2":0.99,"clip":1}',
  );
});

test("planJob() keeps the order of a GPT-2's configuration, and gives another architecture its own keys", async () => {
  const { job } = await plan("run");
  expect(Object.keys(job.replica["config"] as object)).toEqual([
    "architecture",
    "vocabularySize",
    "layers",
    "heads",
    "width",
    "contextLength",
  ]);
  const model = { ...TINY_RECIPE.model, architecture: "llama", keyValueHeads: 1, dropout: 0.2 } as const;
  const planned = await planJob("run", Recipe.parse({ ...TINY_RECIPE, model }), tokenized);
  if ("code" in planned) throw new Error(planned.message);
  const { config } = ModelSettings.parse(planned.job.replica);
  expect(config).toMatchObject({ architecture: "llama", keyValueHeads: 1, dropout: { attention: 0.2 } });
  expect(planned.job.replica["config"]).toEqual(config);
});

test("planJob() bounds what validation costs by the steps between validations", async () => {
  expect((await plan("run", { validateEvery: 1 })).job.validationLeaves).toBe(8);
  expect((await plan("run", { validateEvery: 100 })).job.validationLeaves).toBe(60);
});

test("planJob() tells nodes how numbers travel, and makes rounds of the steps between which nodes do not meet", async () => {
  expect((await plan("run", { exchange: "fp16" })).job.exchange).toBe("fp16");
  expect((await plan("run")).job).not.toHaveProperty("exchange");
  const { job } = await plan("run", { exchange: "diloco", outerEvery: 5, steps: 40, validateEvery: 12 });
  expect(job).toMatchObject({ steps: 8, validateEverySteps: 3 });
  expect(job).not.toHaveProperty("exchange");
  expect(ModelSettings.parse(job.replica).innerSteps).toBe(5);
});
