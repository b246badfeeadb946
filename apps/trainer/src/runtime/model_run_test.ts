import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TOKEN_MARKS } from "@millrace/contracts";
import { exchangePlan } from "@millrace/collective";
import { readModelFolder, readSafetensors } from "@millrace/training";
import { parameterVectorSize } from "@millrace/transformer";
import { expect, test, vi } from "vitest";
import type { z } from "zod";
import { LONGEST_RECOVERY_MS } from "../testing/recovery.ts";
import { blobStore, observeRun, type ObservedRun } from "../testing/run_kit.ts";
import { baseFolderOf, ModelSettings } from "../model_settings.ts";
import { stagePorts } from "../model_stages.ts";
import { TINY_MODEL, tinyModelJob } from "../testing/tiny_model_job.ts";
import type { TrainingJob } from "../training_job.ts";

// The bound is for what hangs: many processes are started here, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000 });

type JSONType = z.infer<ReturnType<typeof z.json>>;

const main = fileURLToPath(new URL("./node_main.ts", import.meta.url));
const store = blobStore();

const job = tinyModelJob(store);
const { config } = TINY_MODEL;

const reference = observeRun(job, { nodes: 1, store, main });

/** Bytes of vector that a step must move: each part of the tree to whoever finishes a chunk, and each finished chunk to all others. */
function leastBytes(nodes: number): number {
  const floats = parameterVectorSize(config) + 2;
  const { parts, ownerOf, chunkSpan, chunkCount } = exchangePlan({ floats, leaves: job.leaves }, nodes);
  let moved = 0;
  for (let chunk = 0; chunk < chunkCount; chunk++) {
    const { start, end } = chunkSpan(chunk);
    const partials = parts.filter(({ member }) => member !== ownerOf(chunk)).length;
    moved += (end - start) * (partials + nodes - 1);
  }
  return moved * Float32Array.BYTES_PER_ELEMENT;
}

test("a language model trained on 1, 2, 3, 4 and 8 nodes has equal checkpoint bytes, and no more is sent than must be", async () => {
  const one = await reference;
  const losses = one.progress.flatMap((each) => (each.type === "step" ? [each.loss] : []));
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.5);
  for (const nodes of [1, 2, 3, 4, 8]) {
    const many = nodes === 1 ? one : await observeRun(job, { nodes, store, main });
    expect(many.result, `${nodes} nodes`).toEqual(one.result);
    // A step that a starved machine made without a node moves other bytes.
    const whole = many.progress.filter((each) => each.type === "step").filter((each) => each.nodes.length === nodes);
    expect(whole.length).toBeGreaterThan(0);
    const least = leastBytes(nodes);
    const sent = whole.map((step) => step.nodes.reduce((sum, { sentBytes }) => sum + sentBytes, 0));
    const typical = sent.toSorted((a, b) => a - b)[Math.floor(sent.length / 2)]!;
    console.info(`${nodes} nodes, 8 leaves: ${typical} bytes a step, ${least} of them of the vector`);
    expect(typical, `${nodes} nodes`).toBeGreaterThanOrEqual(least);
    expect(typical, `${nodes} nodes`).toBeLessThanOrEqual(1.05 * least);
  }
});

test("a language model whose node is killed in mid-run, and resumed on another number of nodes, has equal checkpoint bytes", async () => {
  await expectSameBytes(job, await reference);
});

const { training } = job.replica as { training: Record<string, JSONType> };

/**
 * Trains on one node, on two of which one is killed, and on three from a checkpoint of the first.
 * @param known The training on one node, if it is done.
 * @param stages Of the model on the two nodes.
 */
async function expectSameBytes(job: TrainingJob, known?: ObservedRun, stages = 1): Promise<ObservedRun> {
  const one = known ?? (await observeRun(job, { nodes: 1, store, main }));
  // Stages go back to a checkpoint, of which the first is made after six steps.
  const killedAfter = stages === 1 ? 4 : 8;
  const killed = await observeRun(job, {
    nodes: 2,
    store,
    main,
    ports: { stages: stagePorts(ModelSettings.parse(job.replica), stages) },
    disturb(progress, pids, { harmed }) {
      if (progress.type !== "step" || progress.step !== killedAfter) return;
      harmed("kill", ["node-1"]);
      process.kill(pids.get("node-1")!, "SIGKILL");
    },
  });
  const [recovery] = killed.recoveries;
  console.info(
    `kill -9 of one of 2 nodes, ${stages} to a model: the next step was there after ${recovery?.ms.toFixed(0)} ms`,
  );
  // Where a stage is lost a process has to start, which takes what the machine lets it: the chaos test holds that.
  expect(recovery?.ms).toBeLessThan(stages === 1 ? LONGEST_RECOVERY_MS : Infinity);
  expect(killed.result).toEqual(one.result);
  const resumed = await observeRun({ ...job, resume: one.checkpoints[0]!.resume }, { nodes: 3, store, main });
  expect(resumed.result.checkpoint).toEqual(one.result.checkpoint);
  return one;
}

/** The job, trained in another way. */
function jobWith(changes: Record<string, JSONType>): TrainingJob {
  return { ...job, replica: { ...job.replica, training: { ...training, ...changes } } };
}

/** The job, with a model that drops values at every place. */
function dropping(job: TrainingJob): TrainingJob {
  const dropout = { embedding: 0.1, attention: 0.1, residual: 0.1 };
  return { ...job, replica: { ...job.replica, config: { ...config, dropout } } };
}

test.each([
  ["Muon", jobWith({ optimiser: { name: "muon", momentum: 0.95, nesterov: true } })],
  [
    "SGD, a moving average and dropout",
    dropping(jobWith({ optimiser: { name: "sgd", momentum: 0.9, nesterov: false }, averageDecay: 0.9 })),
  ],
])(
  "a language model trained with %s has equal checkpoint bytes on 1 node, on 2 with one killed, and resumed on 3",
  async (_, changed) => {
    const { resume } = (await expectSameBytes(changed)).checkpoints[0]!;
    const other = observeRun({ ...job, resume }, { nodes: 1, store, main });
    await expect(other).rejects.toThrow('wanted "adamw"; what one optimiser remembers is of no use to another');
  },
);

test("a language model that learns answers alone, with dropout, has equal checkpoint bytes on 1 node, in 2 stages with one killed, and resumed on 3", async () => {
  const { read, predicted, conversation, between } = TOKEN_MARKS;
  const marks = (tokens: number): string =>
    store.put(
      Uint8Array.from({ length: tokens }, (_, place) => {
        const at = place % 20;
        if (at < 2) return at === 0 ? between : conversation;
        // Answers of other lengths, so that leaves count other numbers of tokens.
        return at > 12 + (place % 7) || at === 19 ? predicted : read;
      }),
    );
  const blobs = { "marks.train.0": marks(3000), "marks.train.1": marks(1000), "marks.validation.0": marks(400) };
  const marked = { ...job, replica: { ...job.replica, marked: true }, blobs: { ...job.blobs, ...blobs } };
  await expectSameBytes(dropping(marked), undefined, 2);
});

const BASE_FILES = ["config.json", "model.safetensors"];
const base = Object.fromEntries(
  BASE_FILES.map((name) => {
    const path = new URL(`../../../../test/kit/testdata/tiny-gpt2/${name}`, import.meta.url);
    return [`base/${name}`, new Uint8Array(readFileSync(path))];
  }),
);

/** The job, with the weights of a model of others to begin with, in a shorter context than that has. */
function furtherJob(changes: Record<string, JSONType> = {}): TrainingJob {
  const config = { architecture: "gpt2", vocabularySize: 384, contextLength: 16, layers: 2, heads: 2, width: 16 };
  const blobs = Object.fromEntries(Object.entries(base).map(([name, bytes]) => [name, store.put(bytes)]));
  const further = jobWith(changes);
  return {
    ...further,
    run: "tiny-further",
    replica: { ...further.replica, config, base: BASE_FILES },
    blobs: { ...further.blobs, ...blobs },
  };
}

test("a model of others is what training begins with", async () => {
  const still = furtherJob({ learningRate: 0, finalLearningRate: 0 });
  const { checkpoints } = await observeRun(still, { nodes: 1, store, main });
  const { tensors } = readSafetensors(checkpoints.at(-1)!.model);
  const wanted = readSafetensors(base["base/model.safetensors"]!).tensors;
  expect(tensors.size).toBe(wanted.size);
  for (const [name, { data, shape }] of tensors) {
    const theirs = wanted.get(name) ?? wanted.get(name.replace("transformer.", ""));
    expect(data, name).toEqual(theirs?.data.slice(0, data.length));
    expect(shape.slice(1), name).toEqual(theirs?.shape.slice(1));
  }
});

test.each<[string, Record<string, JSONType>]>([
  ["a model of others trained further", {}],
  ["adapters of a model of others", { adapters: { rank: 4, alpha: 8, targets: ["attention", "feedForward"] } }],
])("%s: equal checkpoint bytes on 1 node, in 2 stages with one killed, and resumed on 3", async (_, settings) => {
  const whole = furtherJob();
  const job: TrainingJob = { ...whole, replica: { ...whole.replica, ...settings } };
  const one = await expectSameBytes(job, undefined, 2);
  const trained = [...readSafetensors(one.checkpoints.at(-1)!.model).tensors.keys()];
  expect(trained.every((name) => name.includes(".lora_"))).toBe("adapters" in settings);
});

test("baseFolderOf() names a file that is not among the blobs", async () => {
  expect(() => baseFolderOf(["model.safetensors"], {})).toThrow("its file model.safetensors is not among the blobs");
  expect((await readModelFolder(baseFolderOf(BASE_FILES, base), 16)).config.contextLength).toBe(16);
});

/** Loss of the last validation. */
function lossOf({ result }: ObservedRun): number {
  return result.validations.at(-1)!.loss;
}

/** Bytes of the leanest step of two nodes. */
function sentBytes({ progress }: Pick<ObservedRun, "progress">): number {
  const steps = progress.filter((each) => each.type === "step").filter(({ nodes }) => nodes.length === 2);
  return Math.min(...steps.map(({ nodes }) => nodes.reduce((sum, node) => sum + node.sentBytes, 0)));
}

test("a language model whose gradients travel in 8 bits on 2 nodes learns as well, of a third of the bytes, and goes on without a node", async () => {
  const exact = await observeRun(job, { nodes: 2, store, main });
  const lossy: TrainingJob = { ...job, exchange: "int8" };
  const whole = await observeRun(lossy, { nodes: 2, store, main });
  expect(Math.abs(lossOf(whole) - lossOf(exact))).toBeLessThan(0.05);
  expect(whole.result.checkpoint).not.toEqual(exact.result.checkpoint);
  expect(sentBytes(whole)).toBeLessThan(sentBytes(exact) / 3);
  const killed = await observeRun(lossy, {
    nodes: 2,
    store,
    main,
    disturb(progress, pids) {
      if (progress.type === "step" && progress.step === 4) process.kill(pids.get("node-1")!, "SIGKILL");
    },
  });
  expect(killed.progress.some((each) => each.type === "lost")).toBe(true);
  expect(killed.result.status).toBe("finished");
  expect(Math.abs(lossOf(killed) - lossOf(exact))).toBeLessThan(0.05);
});

test("a language model of mixed precision has equal checkpoint bytes on 1 and 2 nodes, and tells the steps it skipped", async () => {
  const settings = { ...TINY_MODEL, training: { ...TINY_MODEL.training, precision: "mixed" } } as const;
  const mixed: TrainingJob = { ...job, replica: settings };
  const [one, two] = [
    await observeRun(mixed, { nodes: 1, store, main }),
    await observeRun(mixed, { nodes: 2, store, main }),
  ];
  expect(two.result).toEqual(one.result);
  expect(Math.abs(lossOf(one) - lossOf(await reference))).toBeLessThan(0.05);
  const skipped = one.progress.flatMap((each) => (each.type === "step" ? [each.skippedSteps] : []));
  expect(skipped).toEqual(Array.from({ length: job.steps }, () => 0));
});

test("a language model whose nodes meet every third step learns, goes on without a node, and moves six vectors a round", async () => {
  const rounds: TrainingJob = {
    ...job,
    steps: 6,
    validateEverySteps: 2,
    checkpointEverySteps: 2,
    replica: { ...job.replica, innerSteps: 3 },
  };
  const { progress, result, checkpoints } = await observeRun(rounds, {
    nodes: 2,
    store,
    main,
    disturb(each, pids) {
      if (each.type === "step" && each.step === 3) process.kill(pids.get("node-1")!, "SIGKILL");
    },
  });
  expect(progress.some((each) => each.type === "lost")).toBe(true);
  expect(result.status).toBe("finished");
  const losses = progress.flatMap((each) => (each.type === "step" ? [each.loss] : []));
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.5);
  // The way, both moments of AdamW, and each of them twice between two nodes.
  const vectors = sentBytes({ progress }) / (parameterVectorSize(config) * 4);
  expect(vectors).toBeGreaterThan(6);
  expect(vectors).toBeLessThan(6.3);
  const resumed = await observeRun({ ...rounds, resume: checkpoints[0]!.resume }, { nodes: 1, store, main });
  expect(resumed.result.status).toBe("finished");
  expect(resumed.result.step).toBe(6);
});
