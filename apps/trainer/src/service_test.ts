import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type EventData, EVENTS, LiveTraining, TokenManifest } from "@millrace/contracts";
import { trainBpe } from "@millrace/tokenizer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verify } from "./runtime/verify.ts";
import { readEventFiles } from "./testing/read_event_files.ts";
import { type TrainerKit, trainerKit } from "./testing/trainer_kit.ts";

let kit: TrainerKit;
/** The result on one undisturbed node. */
let reference: Promise<EventData<typeof EVENTS.trainingCompleted>>;

beforeAll(async () => {
  kit = await trainerKit();
  await kit.start("reference", await kit.corpus());
  reference = kit.completed("reference");
});
afterAll(async () => {
  await kit.host.close();
  await rm(kit.curvesFolder, { recursive: true, force: true });
});

function ofRun<Event extends { data: { runId: string } }>(runId: string, events: readonly Event[]): Event[] {
  return events.filter(({ data }) => data.runId === runId);
}

test("training.start ends in a model, told of on the way", async () => {
  const { host } = kit;
  const result = await reference;
  expect(result).toMatchObject({ runId: "reference", steps: 12, nodes: 1, exact: true, partial: false });
  expect(await host.artifacts.forProject("default").has(result.checkpoint.sha256)).toBe(true);
  const [begun] = ofRun("reference", host.events.of(EVENTS.trainingStarted));
  expect(begun?.data).toMatchObject({ steps: 12, fingerprint: result.fingerprint, settings: { leaves: 4 } });
  const checkpointed = ofRun("reference", host.events.of(EVENTS.trainingCheckpointed));
  expect(checkpointed.map(({ data }) => data.step)).toEqual([4, 8, 12]);
  const points = ofRun("reference", host.events.of(EVENTS.trainingProgressed)).flatMap(({ data }) => data.points);
  expect(new Set(points.map(({ step }) => step)).size).toBe(12);
  const last = points.findLast(({ step }) => step === 12);
  expect(last).toMatchObject({ loss: result.loss.train, validationLoss: result.loss.validation });
  const progress = ofRun("reference", host.events.of(EVENTS.stageProgressed)).filter(
    ({ data }) => data.stage === "training",
  );
  expect(progress.at(-1)?.data).toMatchObject({ done: 12, total: 12 });
});

test("GET /api/trainer/runs/:run shows how a run stands, and knows no run that has not begun", async () => {
  await reference;
  const live = await kit.host.request("trainer", "/api/trainer/runs/reference");
  expect(LiveTraining.parse(await live.json())).toMatchObject({
    step: 12,
    steps: 12,
    nodes: [{ node: "node-0" }],
    changes: [{ node: "node-0", change: "joined" }],
  });
  expect((await kit.host.request("trainer", "/api/trainer/runs/none")).status).toBe(404);
});

test("training on 2 and 3 nodes gives the same checkpoint as on one", async () => {
  const { checkpoint, loss } = await reference;
  for (const nodes of [2, 3]) {
    await kit.start(`nodes-${nodes}`, await kit.corpus({ nodes, tensorboard: nodes === 2 }));
    expect(await kit.completed(`nodes-${nodes}`), `${nodes} nodes`).toMatchObject({ nodes, checkpoint, loss });
  }
});

test("training writes event files where the recipe asks for them, with the figures that are published", async () => {
  await kit.completed("nodes-2");
  const progressed = ofRun("nodes-2", kit.host.events.of(EVENTS.trainingProgressed));
  const events = await readEventFiles(join(kit.curvesFolder, "default", "nodes-2"));
  const steps = events.filter(({ values }) => "loss/train" in values);
  expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  for (const { step, loss, gradientNorm, learningRate } of progressed.flatMap(({ data }) => data.points)) {
    if (loss === undefined) continue;
    expect(steps[step - 1]?.values).toMatchObject({
      "loss/train": Math.fround(loss),
      gradient_norm: Math.fround(gradientNorm!),
      learning_rate: Math.fround(learningRate!),
      tokens_per_second: expect.any(Number),
    });
  }
  // Not every step: a node that the machine starves is out for a while.
  for (const node of ["node-0", "node-1"]) {
    expect(steps.some(({ values }) => values[`exchange_ms/${node}`] !== undefined)).toBe(true);
  }
  const validated = events.filter(({ values }) => "loss/validation" in values);
  expect(validated.map(({ step }) => step)).toEqual([4, 8, 12]);
  expect(await readdir(join(kit.curvesFolder, "default"))).toEqual(["nodes-2"]);
});

test("model.evaluate measures the model and what it is held against, equal each time", async () => {
  const { checkpoint, config } = await reference;
  const { tokenized, corpus } = await kit.corpus();
  for (const runId of ["evaluated", "evaluated-again"]) {
    const command = { runId, attempt: 1, checkpoint, config, tokenized, corpus };
    await kit.host.publish(runId, EVENTS.modelEvaluate, command, { correlationid: runId });
  }
  const evaluationOf = async (runId: string) =>
    (await kit.host.events.until(EVENTS.modelEvaluated, ({ data }) => data.runId === runId)).data.evaluation;
  const evaluation = await evaluationOf("evaluated");
  const { bitsPerByte, documents, bytes, verdict } = evaluation;
  expect(documents).toBe(8);
  expect(bytes).toBeGreaterThan(1000);
  expect(verdict).toContain("better than");
  // The documents repeat words of the training text: counting and xz must see that.
  expect(bitsPerByte.ngram).toBeLessThan(bitsPerByte.gzip!);
  expect(bitsPerByte.xzPrimed).toBeLessThan(bitsPerByte.gzip!);
  expect(bitsPerByte.model).toBeGreaterThan(bitsPerByte.ngram!);
  expect(bitsPerByte.model).toBeLessThan(Math.log2(257));
  const { scores, tokens, slices = [] } = evaluation;
  // Its tokens are bytes.
  expect(tokens).toBe(bytes);
  for (const name of ["model", "ngram"] as const) {
    expect(scores?.[name].bitsPerByte).toBeCloseTo(bitsPerByte[name]!, 9);
    expect(scores?.[name].perplexity).toBeCloseTo(2 ** bitsPerByte[name]!, 6);
  }
  expect(scores?.ngram.accuracy).toBeGreaterThan(scores!.model.accuracy);
  const bySource = slices.filter(({ by }) => by === "source");
  expect(bySource.map(({ name }) => name)).toContain("0.md");
  expect(bySource.reduce((sum, slice) => sum + slice.bytes, 0)).toBe(bytes);
  expect(evaluation.tasks).toBeUndefined();
  expect(await evaluationOf("evaluated-again")).toEqual(evaluation);
  const told = ofRun("evaluated", kit.host.events.of(EVENTS.stageProgressed)).map(({ data }) => data.done);
  expect(told).toEqual([0, 1, 2, 3, 4]);
});

test("model.evaluate asks the tasks that come with it", async () => {
  const { checkpoint, config } = await reference;
  const { tokenized, corpus } = await kit.corpus();
  const artifacts = kit.host.artifacts.forProject("default");
  const put = (text: string) => artifacts.put(new TextEncoder().encode(text), "application/jsonl");
  const { json } = await trainBpe(["the mill race turns the wheel ".repeat(9)], { vocabularySize: 257 });
  const manifest = JSON.parse(new TextDecoder().decode(await artifacts.bytes(tokenized.sha256)));
  const withTokenizer = await put(JSON.stringify({ ...manifest, tokenizer: await put(json) }));
  const questions = await put(`${JSON.stringify({ query: "the mill", choices: ["race", "stone"], gold: 0 })}\n`);
  const tasks = [{ name: "turns", kind: "multiple_choice" as const, questions }];
  const command = { runId: "asked", attempt: 1, checkpoint, config, tokenized: withTokenizer, corpus, tasks };
  await kit.host.publish("asked", EVENTS.modelEvaluate, command, { correlationid: "asked" });
  const { data } = await kit.host.events.until(EVENTS.modelEvaluated, (event) => event.data.runId === "asked");
  expect(data.evaluation.tasks).toMatchObject([{ name: "turns", examples: 1, chance: 0.5 }]);
  const told = ofRun("asked", kit.host.events.of(EVENTS.stageProgressed)).map(({ data: { done } }) => done);
  expect(told).toEqual([0, 1, 2, 3, 4, 5]);
});

test("model.evaluate fails at once when no validation document is small enough", async () => {
  const { checkpoint, config } = await reference;
  const { tokenized, corpus } = await kit.corpus();
  const artifacts = kit.host.artifacts.forProject("default");
  const manifest = JSON.parse(new TextDecoder().decode(await artifacts.bytes(corpus.sha256)));
  const bytes = new TextEncoder().encode(JSON.stringify({ ...manifest, shards: [] }));
  const none = await artifacts.put(bytes, "application/json");
  const command = { runId: "nothing", attempt: 1, checkpoint, config, tokenized, corpus: none };
  await kit.host.publish("nothing", EVENTS.modelEvaluate, command, { correlationid: "nothing" });
  expect(await kit.failed("nothing")).toMatchObject({
    stage: "evaluating",
    error: { code: "no_validation_documents" },
  });
});

test("training.start fails at once with the reason when the recipe cannot be trained", async () => {
  await kit.start("crowded", await kit.corpus({ nodes: 5 }));
  expect((await kit.failed("crowded")).error).toMatchObject({
    code: "too_many_nodes",
    message: expect.stringContaining("train.nodes 5 for train.leaves 4"),
  });
  await kit.start("small", await kit.corpus({}, { contextLength: 8192 }));
  expect((await kit.failed("small")).error.code).toBe("corpus_too_small");
  await kit.start("odd", await kit.corpus({}, { heads: 3 }));
  expect((await kit.failed("odd")).error.code).toBe("invalid_model");
});

test("training.start that comes again changes nothing", async () => {
  await reference;
  await kit.start("reference", await kit.corpus());
  await kit.start("after", await kit.corpus());
  await kit.completed("after");
  expect(ofRun("reference", kit.host.events.of(EVENTS.trainingCompleted))).toHaveLength(1);
});

test("verify() trains a version again and compares, or says why it cannot", async () => {
  const { checkpoint, fingerprint } = await reference;
  const { recipe, tokenized } = await kit.corpus();
  const artifacts = kit.host.artifacts.forProject("default");
  const version = {
    model: "tiny",
    version: 1,
    recipe,
    tokenized,
    checkpoint,
    fingerprint,
    exact: true,
    partial: false,
  };
  const options = {
    readArtifact: async (sha256: string) => ((await artifacts.has(sha256)) ? await artifacts.bytes(sha256) : undefined),
    nodes: 2,
    onStep: () => {},
    log: () => {},
    now: () => performance.now(),
    signal: new AbortController().signal,
  };
  expect(await verify(version, options)).toEqual({ verdict: "same", checkpoint: checkpoint.sha256 });
  const forged = { ...version, checkpoint: recipe };
  expect(await verify(forged, options)).toEqual({ verdict: "different", checkpoint: checkpoint.sha256 });

  const elsewhere = { ...version, fingerprint: { ...fingerprint, kernelClass: "arm64 sve" } };
  expect(await verify(elsewhere, options)).toMatchObject({
    verdict: "unverifiable",
    reason: expect.stringContaining("wanted kernelClass arm64 sve, found"),
  });
  const older = { ...version, fingerprint: { ...fingerprint, revision: 1 } };
  expect(await verify(older, options)).toMatchObject({
    verdict: "unverifiable",
    reason: expect.stringContaining("it was made with other arithmetic, revision 1 of this project's, and here is"),
  });
  const lost = { ...version, recipe: { ...recipe, sha256: "0".repeat(64) } };
  expect(await verify(lost, options)).toMatchObject({
    verdict: "unverifiable",
    reason: expect.stringContaining("missing its recipe 0000"),
  });
  const json = new TextDecoder().decode(await artifacts.bytes(tokenized.sha256));
  const { train, ...manifest } = TokenManifest.parse(JSON.parse(json));
  const marks = { ...train[0]!.tokens, sha256: "1".repeat(64) };
  const marked = JSON.stringify({ ...manifest, train: [{ ...train[0], marks }, ...train.slice(1)] });
  const unmarked = { ...version, tokenized: await artifacts.put(new TextEncoder().encode(marked), "application/json") };
  expect(await verify(unmarked, options)).toMatchObject({
    verdict: "unverifiable",
    reason: expect.stringContaining("missing train marks 0 1111"),
  });
  expect(await verify({ ...version, partial: true }, options)).toMatchObject({ verdict: "unverifiable" });
});
