/**
 * What does it cost that processes make a step together? Two nodes that compute one leaf at a time, in turns with one node that computes two
 * leaves at once, with the model of `training/12m`: seconds of a step, and what of it the nodes wait for sums. At most 10 % more is wanted. Of
 * four nodes, a leaf each, the wait alone: on two cores they do not compute at the same time.
 */
import { fileURLToPath } from "node:url";
import { type Figure, typical } from "@millrace/benchmark";
import { blobStore, observeRun } from "../src/testing/run_kit.ts";
import { USUAL_TRAINING } from "../src/testing/usual_training.ts";
import type { TrainingJob } from "../src/training_job.ts";

const ROUNDS = 3;
const STEPS = 8;
const WARM_UP_STEPS = 2;
const LIMIT = 1.1;
const MAIN = fileURLToPath(new URL("../src/runtime/node_main.ts", import.meta.url));
const TOKENS = 20_000;
const CONFIG = { architecture: "gpt2", vocabularySize: 4096, contextLength: 256, layers: 6, heads: 6, width: 384 };
const LEAF_BATCH = 4;

function jobOf(store: ReturnType<typeof blobStore>, leaves: number): TrainingJob {
  const ids = Uint16Array.from({ length: TOKENS }, (_, i) => (i * 2_654_435_761) % CONFIG.vocabularySize);
  return {
    run: "nodes",
    leaves,
    steps: STEPS,
    validationLeaves: 0,
    validateEverySteps: STEPS,
    checkpointEverySteps: STEPS,
    replica: {
      config: CONFIG,
      training: {
        ...USUAL_TRAINING,
        seed: 1,
        leafBatch: LEAF_BATCH,
        learningRate: 1e-3,
        finalLearningRate: 1e-4,
        warmupSteps: 1,
      },
      endOfText: 0,
      dtype: "uint16",
    },
    blobs: { "train.0": store.put(new Uint8Array(ids.buffer)), "validation.0": store.put(new Uint8Array(4)) },
  };
}

/** Seconds of each step on the node that took longest, and of the shortest wait: what a node waits more, it waits for others to compute. */
async function stepsOn(nodes: number, leaves: number): Promise<{ whole: number[]; exchange: number[] }> {
  const store = blobStore();
  const { progress } = await observeRun(jobOf(store, leaves), { nodes, store, main: MAIN });
  const steps = progress.flatMap((each) => (each.type === "step" && each.nodes.length === nodes ? [each.nodes] : []));
  const measured = steps.slice(WARM_UP_STEPS);
  return {
    whole: measured.map(
      (step) => Math.max(...step.map(({ computeMs, exchangeMs, applyMs }) => computeMs + exchangeMs + applyMs)) / 1e3,
    ),
    exchange: measured.map((step) => Math.min(...step.map(({ exchangeMs }) => exchangeMs)) / 1e3),
  };
}

/** Measures. */
export async function* run(): AsyncIterable<Figure> {
  const one: number[] = [];
  const two = { whole: [] as number[], exchange: [] as number[] };
  const four = { whole: [] as number[], exchange: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    one.push(...(await stepsOn(1, 2)).whole);
    for (const [samples, nodes] of [
      [two, 2],
      [four, 4],
    ] as const) {
      const { whole, exchange } = await stepsOn(nodes, nodes);
      samples.whole.push(...whole);
      samples.exchange.push(...exchange);
    }
  }
  const peer = `one node with two leaves at once, ${typical(one).value.toFixed(2)} s; at most ${LIMIT} is wanted`;
  const configuration = { parameters: "12.3 million", leafTokens: LEAF_BATCH * CONFIG.contextLength };
  const step = { unit: "s/step", configuration: { ...configuration, leaves: 2 } };
  const together = typical(two.whole);
  yield { name: "nodes/two", ...step, ...together, peer, ratio: together.value / typical(one).value };
  for (const [samples, nodes] of [
    [two, 2],
    [four, 4],
  ] as const) {
    const [whole, wait] = [typical(samples.whole), typical(samples.exchange)];
    yield {
      name: `nodes/wait/${nodes}`,
      configuration: { ...configuration, leaves: nodes },
      ...wait,
      unit: "s/step",
      peer: `the whole step, ${whole.value.toFixed(2)} s`,
      ratio: wait.value / whole.value,
    };
  }
}
