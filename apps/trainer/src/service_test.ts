import { type EventData, EVENTS, LiveTraining, type RecipeInput } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { listenTcp } from "@millrace/collective/tcp";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NodeHandle } from "./coordinator/ports.ts";
import { measureInProcess } from "./runtime/measure_process.ts";
import { processNodes, type ProcessNode } from "./runtime/supervisor.ts";
import { createTrainer } from "./service.ts";
import { SECRET } from "./testing/run_kit.ts";
import { TINY_RECIPE, tinyCorpus, type TinyCorpus } from "./testing/tiny_corpus.ts";
import type { TrainerOptions } from "./trainer_options.ts";

let host: TestHost;
/** The result on one undisturbed node. */
let reference: Promise<EventData<typeof EVENTS.trainingCompleted>>;
/** Every node process of this file, in order. */
const started: (ProcessNode & { gone: boolean })[] = [];

const options: TrainerOptions = {
  listen: listenTcp,
  clusterSecret: SECRET,
  nodesFor(request) {
    const spawn = processNodes({ ...request, secret: SECRET });
    return (name, address): NodeHandle => {
      const node = { ...spawn(name, address), gone: false };
      void node.exited.then(() => (node.gone = true));
      started.push(node);
      return node;
    };
  },
  measure: measureInProcess(() => {}),
};

beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [createTrainer(openPorts, access, options)],
    migrations: { trainer: await readMigrations("trainer") },
  });
  await host.start();
  await start("reference");
  reference = completed("reference");
});
afterAll(() => host.close());

const corpus = (overrides: Partial<RecipeInput> = {}): Promise<TinyCorpus> =>
  tinyCorpus(host.artifacts.forProject("default"), overrides);

async function start(runId: string, overrides: Partial<RecipeInput["train"]> = {}, attempt = 1): Promise<void> {
  const { recipe, tokenized } = await corpus({ train: { ...TINY_RECIPE.train, ...overrides } });
  const key = `${runId} attempt ${attempt}`;
  await host.publish(key, EVENTS.trainingStart, { runId, attempt, recipe, tokenized }, { correlationid: runId });
}

function ofRun<Event extends { data: { runId: string } }>(runId: string, events: readonly Event[]): Event[] {
  return events.filter(({ data }) => data.runId === runId);
}

async function completed(runId: string): Promise<EventData<typeof EVENTS.trainingCompleted>> {
  const { data } = await host.events.until(EVENTS.trainingCompleted, (event) => event.data.runId === runId);
  return data;
}

test("training.start ends in a model, told of on the way", async () => {
  const result = await reference;
  expect(result).toMatchObject({ runId: "reference", steps: 12, nodes: 1, exact: true, partial: false });
  expect(await host.artifacts.forProject("default").has(result.checkpoint.sha256)).toBe(true);
  const [begun] = ofRun("reference", host.events.of(EVENTS.trainingStarted));
  expect(begun?.data).toMatchObject({ steps: 12, fingerprint: result.fingerprint, settings: { leaves: 4 } });
  expect(ofRun("reference", host.events.of(EVENTS.trainingCheckpointed)).map(({ data }) => data.step)).toEqual([
    4, 8, 12,
  ]);
  const points = ofRun("reference", host.events.of(EVENTS.trainingProgressed)).flatMap(({ data }) => data.points);
  expect(new Set(points.map(({ step }) => step)).size).toBe(12);
  const last = points.findLast(({ step }) => step === 12);
  expect(last).toMatchObject({ loss: result.loss.train, validationLoss: result.loss.validation });
  const progress = ofRun("reference", host.events.of(EVENTS.stageProgressed)).at(-1);
  expect(progress?.data).toMatchObject({ stage: "training", done: 12, total: 12 });

  const live = await host.request("trainer", "/api/trainer/runs/reference");
  expect(LiveTraining.parse(await live.json())).toMatchObject({ step: 12, steps: 12, nodes: [{ node: "node-0" }] });
  expect((await host.request("trainer", "/api/trainer/runs/none")).status).toBe(404);
});

test("model.evaluate measures the model and what it is held against", async () => {
  const { checkpoint, config } = await reference;
  const { tokenized, corpus: text } = await corpus();
  const command = { runId: "reference", attempt: 1, checkpoint, config, tokenized, corpus: text };
  await host.publish("evaluate", EVENTS.modelEvaluate, command, { correlationid: "reference" });
  const { data } = await host.events.until(EVENTS.modelEvaluated, (event) => event.data.runId === "reference");
  const { bitsPerByte, documents, verdict } = data.evaluation;
  expect(documents).toBe(8);
  expect(verdict).toContain("better than");
  // The documents repeat words that stand in the training text: counting and xz must see that, and an untrained model cannot.
  expect(bitsPerByte.ngram).toBeLessThan(bitsPerByte.gzip!);
  expect(bitsPerByte.xzPrimed).toBeLessThan(bitsPerByte.gzip!);
  expect(bitsPerByte.model).toBeGreaterThan(1);
  expect(bitsPerByte.model).toBeLessThan(8.1);
});
