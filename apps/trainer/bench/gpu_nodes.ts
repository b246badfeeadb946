/**
 * Several nodes on a graphics card, which they share here: GPT-2's smallest size on one node, which keeps its gradients on the card, and on two,
 * which exchange sums through the collective. Tokens a second, the part of a step that is not computing, and how far the two loss curves
 * are apart; then, with a model of 12 million, how far the curve of two nodes on the card is from that of the processor, and how fast two
 * nodes are that make steps of their own between exchanges. Skipped with a reason where there is no card.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type Figure, rate, typical } from "@millrace/benchmark";
import { webGpuAdapter } from "@millrace/execution/onnx_webgpu";
import { blobStore, observeRun } from "../src/testing/run_kit.ts";
import type { TrainingDevice } from "../src/training_device.ts";
import type { TrainingJob } from "../src/training_job.ts";

const MAIN = fileURLToPath(new URL("../src/runtime/node_main.ts", import.meta.url));
const TOKENS = 100_000;
/** Of the tokens, so that there is something to learn. */
const PERIOD = 1009;
const WARM_UP_STEPS = 2;
const LEAVES = 4;
/** Of each node in a round. */
const INNER_STEPS = 8;
const ROUNDS = 5;

const LARGE = {
  config: { architecture: "gpt2", vocabularySize: 50_257, contextLength: 1024, layers: 12, heads: 12, width: 768 },
  leafBatch: 4,
  steps: 8,
} as const;
const SMALL = {
  config: { architecture: "gpt2", vocabularySize: 4097, contextLength: 256, layers: 6, heads: 6, width: 384 },
  leafBatch: 2,
  steps: 20,
} as const;
type Case = Pick<typeof LARGE | typeof SMALL, "config" | "leafBatch"> & { readonly steps: number };

interface Observed {
  readonly losses: readonly number[];
  /** Of steps after the first few. */
  readonly seconds: readonly number[];
  /** Share of a step in which the busier node does not compute. */
  readonly exchange: readonly number[];
}

/** Measures, if there is a card. */
export async function* run(): AsyncIterable<Figure> {
  const adapter = webGpuAdapter();
  if (!adapter?.isHardware) {
    console.error(`gpu/nodes: skipped, for there is no graphics card here (${adapter?.name ?? "no Vulkan"})`);
    return;
  }
  const configurationOf = ({ config, leafBatch, steps }: Case): Figure["configuration"] => {
    const { vocabularySize: V, layers: L, width: D, contextLength: T } = config;
    return { card: adapter.name, V, L, D, T, leaves: LEAVES, leafBatch, steps };
  };
  const configuration = configurationOf(LARGE);
  const tokens = LEAVES * LARGE.leafBatch * LARGE.config.contextLength;
  const [one, two] = [await observed(LARGE, 1, "webgpu"), await observed(LARGE, 2, "webgpu")];
  const [alone, together] = [rate(tokens, one.seconds), rate(tokens, two.seconds)];
  const speed = { configuration, unit: "tokens/s" };
  yield { name: "gpu/nodes/one", ...speed, ...alone, peer: null, ratio: null };
  yield { name: "gpu/nodes/two", ...speed, ...together, peer: "one node", ratio: together.value / alone.value };
  const exchange = { ...typical(two.exchange), unit: "of a step not computing", peer: null, ratio: null };
  yield { name: "gpu/nodes/two/exchange", configuration, ...exchange };
  yield curve("two", configuration, two, one, "one node");
  const [wanted, found] = [await observed(SMALL, 1, "cpu"), await observed(SMALL, 2, "webgpu")];
  const small = configurationOf(SMALL);
  yield curve("small", small, found, wanted, "the processor");
  const smallTokens = LEAVES * SMALL.leafBatch * SMALL.config.contextLength;
  const apart = await observed({ ...SMALL, steps: ROUNDS }, 2, "webgpu", INNER_STEPS);
  const [met, rounds] = [rate(smallTokens, found.seconds), rate(INNER_STEPS * smallTokens, apart.seconds)];
  const figure = { name: "gpu/nodes/small/diloco", unit: "tokens/s", ...rounds };
  const configured = { ...small, steps: ROUNDS * INNER_STEPS, outerEvery: INNER_STEPS };
  yield { ...figure, configuration: configured, peer: "exchanging each step", ratio: rounds.value / met.value };
}

/** The greatest distance of the losses. */
function curve(
  name: string,
  configuration: Figure["configuration"],
  found: Observed,
  wanted: Observed,
  peer: string,
): Figure {
  const value = Math.max(...found.losses.map((loss, step) => Math.abs(loss - wanted.losses[step]!)));
  const last = wanted.losses.at(-1)!;
  const beside = { peer: `the last loss of ${peer}, ${last.toFixed(4)}`, ratio: value / last };
  return { name: `gpu/nodes/${name}/losses`, configuration, value, spread: 0, unit: "nats", ...beside };
}

/** @param innerSteps Of a round, of those that make rounds; their steps are rounds. */
async function observed(
  { config, leafBatch, steps }: Case,
  nodes: number,
  device: TrainingDevice,
  innerSteps?: number,
): Promise<Observed> {
  const store = blobStore();
  const ids = Uint16Array.from({ length: TOKENS }, (_, i) => 1 + ((i * i) % PERIOD));
  const job: TrainingJob = {
    run: "gpu-nodes",
    leaves: LEAVES,
    steps,
    validationLeaves: 0,
    validateEverySteps: steps,
    checkpointEverySteps: steps,
    replica: {
      config,
      training: {
        seed: 1,
        leafBatch,
        leafThreads: device === "cpu" ? Math.max(1, Math.floor(availableParallelism() / LEAVES)) : 1,
        learningRate: 3e-4,
        finalLearningRate: 3e-5,
        warmupSteps: 2,
        weightDecay: 0.1,
        beta1: 0.9,
        beta2: 0.99,
        clip: 1,
      },
      endOfText: 0,
      dtype: "uint16",
      ...(device === "webgpu" && { device }),
      ...(innerSteps !== undefined && { innerSteps }),
    },
    blobs: { "train.0": store.put(new Uint8Array(ids.buffer)), "validation.0": store.put(new Uint8Array(4)) },
  };
  const times: number[] = [];
  const { progress } = await observeRun(job, {
    nodes,
    store,
    main: MAIN,
    device,
    disturb: ({ type }) => type === "step" && times.push(performance.now()),
  });
  const made = progress.flatMap((each) => (each.type === "step" ? [each] : []));
  const exchange = made.map(({ nodes: parts }) =>
    Math.max(...parts.map((part) => 1 - part.computeMs / (part.computeMs + part.exchangeMs + part.applyMs))),
  );
  return {
    losses: made.map(({ loss }) => loss),
    seconds: times.slice(WARM_UP_STEPS).map((time, index) => (time - times[index + WARM_UP_STEPS - 1]!) / 1000),
    exchange: exchange.slice(WARM_UP_STEPS),
  };
}
