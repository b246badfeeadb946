/**
 * How far trainings on a graphics card are from the same ones on the processor: the greatest distance of the losses of six steps, in nats, and of
 * the gradient of the first leaf, over its greatest element. Skipped with a reason where there is no card.
 */
import type { Figure } from "@millrace/benchmark";
import type { Executor } from "@millrace/execution";
import { onnxC } from "@millrace/execution/onnx_c";
import { onnxWebGpu, webGpuAdapter } from "@millrace/execution/onnx_webgpu";
import { type AdapterConfig, initialParameters, type ModelConfig } from "@millrace/transformer";
import { createReplica, leafVectors, trainStep, type TrainingConfig } from "../src/mod.ts";
import { trainingConfig } from "./training.ts";

const STEPS = 6;
const LEAVES = 2;
const BATCH = 2;
/** Of the tokens, so that there is something to learn. */
const PERIOD = 1009;
/** Odd, as GPT-2's vocabulary is. */
const SHAPE = { vocabularySize: 4097, contextLength: 128, layers: 4, heads: 6, width: 384 };

interface Case {
  readonly name: string;
  readonly config: ModelConfig;
  readonly changes?: Partial<TrainingConfig>;
  readonly adapters?: AdapterConfig;
}

const CASES: readonly Case[] = [
  { name: "gpt2", config: { architecture: "gpt2", ...SHAPE } },
  {
    name: "gpt2 with dropout",
    config: { architecture: "gpt2", ...SHAPE, dropout: { embedding: 0.1, attention: 0.1, residual: 0.1 } },
  },
  { name: "llama", config: { architecture: "llama", ...SHAPE, keyValueHeads: 2 } },
  {
    name: "llama with adapters",
    config: { architecture: "llama", ...SHAPE, keyValueHeads: 2 },
    adapters: { rank: 8, alpha: 16, targets: ["attention", "feedForward"] },
  },
  {
    name: "gpt2 with Muon",
    config: { architecture: "gpt2", ...SHAPE },
    changes: { optimiser: { name: "muon", momentum: 0.95, nesterov: true } },
  },
  { name: "gpt2 in mixed precision", config: { architecture: "gpt2", ...SHAPE }, changes: { precision: "mixed" } },
];

/** Measures, if there is a card. */
export async function* run(): AsyncIterable<Figure> {
  const adapter = webGpuAdapter();
  if (!adapter?.isHardware) {
    console.error(`gpu/models: skipped, for there is no graphics card here (${adapter?.name ?? "no Vulkan"})`);
    return;
  }
  const [host, device] = [onnxC(), await onnxWebGpu()];
  try {
    for (const one of CASES) {
      const [wanted, found] = [await trained(host, one), await trained(device, one)];
      const { vocabularySize: V, layers: L, width: D, contextLength: T } = one.config;
      const configuration = { card: adapter.name, V, L, D, T, steps: STEPS };
      const beside = { spread: 0, peer: null, ratio: null };
      const losses = distance(found.losses, wanted.losses);
      yield { name: `gpu/models/${one.name}/losses`, configuration, value: losses, unit: "nats", ...beside };
      const greatest = wanted.gradient.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
      const gradient = distance(found.gradient, wanted.gradient) / greatest;
      yield { name: `gpu/models/${one.name}/gradient`, configuration, value: gradient, unit: "relative", ...beside };
    }
  } finally {
    await Promise.all([host, device].map((each) => each.close()));
  }
}

/** Losses of all steps, as nodes make them, and the gradient of the first leaf before them. */
async function trained(
  executor: Executor,
  { config, changes, adapters }: Case,
): Promise<{ losses: Float32Array; gradient: Float32Array }> {
  const replica = await createReplica({
    executor,
    config,
    tokens: Uint16Array.from({ length: 50_000 }, (_, i) => 1 + ((i * i) % PERIOD)),
    validation: { tokens: new Uint16Array(0), endOfText: 0 },
    initial: initialParameters(config, 1),
    adapters,
    training: { ...trainingConfig(STEPS, LEAVES, BATCH), ...changes },
    concurrency: executor.capabilities.deviceMemory ? 1 : LEAVES,
  });
  const vectors = leafVectors(replica, LEAVES);
  await replica.computeLeaf(0, 0, vectors[0]!);
  const gradient = vectors[0]!.slice(0, -2);
  const losses = new Float32Array(STEPS);
  for (let step = 0; step < STEPS; step++) losses[step] = (await trainStep(replica, step, vectors)).loss;
  await replica.close();
  return { losses, gradient };
}

function distance(found: Float32Array, wanted: Float32Array): number {
  return found.reduce((most, value, index) => Math.max(most, Math.abs(value - wanted[index]!)), 0);
}
