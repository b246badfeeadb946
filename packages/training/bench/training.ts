/**
 * How much of the machine's arithmetic a training step uses. Whole steps (gradients of all leaves, their sum, the optimiser) of
 * two models are timed in rounds, in turn with plain matrix products of 1024 x 1024 on as many threads; the ratio is the model's useful
 * operations a second over the products'. Medians, after a warm-up. Where MILLRACE_BENCH_PYTHON names an interpreter that imports
 * PyTorch, rounds of its eager steps take turns with ours. Then, each in a process of its own, the most memory that a training holds, beside
 * PyTorch's, and what a step allocates of JavaScript's heap, beside the limit.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type Figure, rate, type Typical, typical } from "@millrace/benchmark";
import { openPythonPeer, type PythonPeer } from "@millrace/benchmark/python_peer";
import type { Executor } from "@millrace/execution";
import { onnxC } from "@millrace/execution/onnx_c";
import type { ModelConfig } from "@millrace/transformer";
import { operationsPerToken } from "@millrace/transformer";
import {
  createReplica,
  leafVectors,
  openProducts,
  type ReplicaOptions,
  trainStep,
  type TrainingConfig,
} from "../src/mod.ts";
import { memoryOf, type TrainedCase } from "./step_memory.ts";

interface Case extends TrainedCase {
  readonly name: string;
  readonly steps: number;
  /** Steps of a round, which divide `steps`: so many that what the other did before is forgotten, in caches too. */
  readonly roundSteps: number;
}

/** GPT-2's form with 12.3 million parameters. */
export const TWELVE_MILLION: Case = {
  name: "training/12m",
  config: { architecture: "gpt2", vocabularySize: 4096, contextLength: 256, layers: 6, heads: 6, width: 384 },
  leaves: 2,
  leafBatch: 4,
  steps: 7,
  roundSteps: 1,
  warmUpSteps: 10,
};

const CASES: readonly Case[] = [
  {
    name: "training/small",
    config: { architecture: "gpt2", vocabularySize: 65, contextLength: 64, layers: 4, heads: 4, width: 128 },
    leaves: 2,
    leafBatch: 6,
    steps: 150,
    roundSteps: 10,
    warmUpSteps: 200,
  },
  TWELVE_MILLION,
];

const TORCH = fileURLToPath(new URL("./torch_peer.py", import.meta.url));
/** Of JavaScript's heap in a step. */
const HEAP_LIMIT_BYTES = 2 ** 20;
const PRODUCT_SIZE = 1024;
const WARM_UP_ROUNDS = 2;

/** Measures every case, one figure each. */
export async function* run(): AsyncIterable<Figure> {
  const threads = availableParallelism();
  const executor = onnxC();
  try {
    for (const one of CASES) {
      const configuration = configurationOf(one, threads);
      const torch = await openPythonPeer(TORCH, [JSON.stringify(configuration)]);
      try {
        const { tokensPerSecond, productFlops, torchTokensPerSecond } = await measure(executor, one, threads, torch);
        const own = { name: one.name, configuration, ...tokensPerSecond, unit: "tokens/s" };
        yield {
          ...own,
          peer: `matrix products, ${Math.round(productFlops / 1e9)} GFLOP/s`,
          ratio: (tokensPerSecond.value * operationsPerToken(one.config)) / productFlops,
        };
        if (torch !== undefined && torchTokensPerSecond !== undefined) {
          yield {
            ...own,
            peer: `${torch.name}, ${Math.round(torchTokensPerSecond)} tokens/s`,
            ratio: tokensPerSecond.value / torchTokensPerSecond,
          };
        }
        const { peakBytes, heapBytes } = await memoryOf(one, threads);
        const torchBytes = torch?.peakBytes();
        yield {
          name: `${one.name} memory`,
          configuration,
          ...typical([peakBytes / 2 ** 20]),
          unit: "MiB at most",
          peer: torchBytes === undefined ? null : `${torch?.name}, ${Math.round(torchBytes / 2 ** 20)} MiB`,
          ratio: torchBytes === undefined ? null : peakBytes / torchBytes,
        };
        yield {
          name: `${one.name} heap`,
          configuration,
          ...typical([heapBytes / 2 ** 10]),
          unit: "KiB a step",
          peer: `the limit, ${HEAP_LIMIT_BYTES / 2 ** 10} KiB`,
          ratio: heapBytes / HEAP_LIMIT_BYTES,
        };
      } finally {
        await torch?.close();
      }
    }
  } finally {
    await executor.close();
  }
}

async function measure(
  executor: Executor,
  { config, leaves, leafBatch, steps, roundSteps }: Case,
  threads: number,
  torch: PythonPeer | undefined,
): Promise<{ tokensPerSecond: Typical; productFlops: number; torchTokensPerSecond?: number }> {
  const replica = await createReplica({
    executor,
    training: trainingConfig(WARM_UP_ROUNDS * roundSteps + steps, leaves, leafBatch),
    ...createInputs(config),
    concurrency: threads,
  });
  const vectors = leafVectors(replica, leaves);
  const product = await openProducts(executor, PRODUCT_SIZE, threads);
  const stepSeconds: number[] = [];
  const productSeconds: number[] = [];
  const torchSeconds: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + steps / roundSteps; round++) {
    const own: number[] = [];
    while (own.length < roundSteps) {
      const step = round * roundSteps + own.length;
      own.push(await seconds(() => trainStep(replica, step, vectors)));
    }
    const products = await seconds(product.run);
    const peers = (await torch?.round({ steps: roundSteps })) ?? [];
    if (round < WARM_UP_ROUNDS) continue;
    stepSeconds.push(...own);
    productSeconds.push(products);
    torchSeconds.push(...peers);
  }
  await product.release();
  await replica.close();
  const tokens = leaves * leafBatch * config.contextLength;
  return {
    tokensPerSecond: rate(tokens, stepSeconds),
    ...(torchSeconds.length > 0 && { torchTokensPerSecond: rate(tokens, torchSeconds).value }),
    productFlops: rate(product.operations, productSeconds).value,
  };
}

/** A model and noise for it to learn. */
export function createInputs(config: ModelConfig): Pick<ReplicaOptions, "config" | "tokens" | "validation"> {
  return {
    config,
    tokens: Uint16Array.from({ length: 100_000 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 8) % config.vocabularySize),
    validation: { tokens: new Uint16Array(0), endOfText: 0 },
  };
}

/** Settings of a run whose figures depend on its sizes alone. */
export function trainingConfig(steps: number, leaves: number, leafBatch: number): TrainingConfig {
  return {
    seed: 1,
    steps,
    leaves,
    leafBatch,
    leafThreads: 1,
    learningRate: 1e-3,
    finalLearningRate: 1e-4,
    warmupSteps: 1,
    weightDecay: 0.1,
    beta1: 0.9,
    beta2: 0.99,
    clip: 1,
  };
}

/** A case as figures tell of it. */
export function configurationOf(
  { config, leaves, leafBatch }: Omit<Case, "steps" | "roundSteps" | "warmUpSteps">,
  threads: number,
): Figure["configuration"] {
  const { vocabularySize: V, layers: L, heads: H, width: D, contextLength: T } = config;
  return { V, L, H, D, T, B: leaves * leafBatch, leaves, leafBatch, threads };
}

/** How long work takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
