/**
 * Training on a graphics card, with all vectors in the card's memory, and with gradients and sums by way of the host, as between nodes.
 * Whole steps of GPT-2's smallest size, 124 million parameters, in float32 and in mixed precision; beside them PyTorch on the same card in
 * the same run. Then adapters for a model of 135 million. Skipped with a reason where there is no card.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Figure, rate, type Typical } from "@millrace/benchmark";
import { onnxWebGpu, webGpuAdapter } from "@millrace/execution/onnx_webgpu";
import { type ModelConfig, operationsPerToken, parameterVectorSize } from "@millrace/transformer";
import { createReplica, leafVectors, type ReplicaOptions, trainStep, type TrainingConfig } from "../src/mod.ts";
import { ADAPTERS, configOf } from "./finetuning_case.ts";
import { configurationOf, createInputs, seconds, trainingConfig } from "./training.ts";

const SMALLEST_GPT2: ModelConfig = {
  architecture: "gpt2",
  vocabularySize: 50_257,
  contextLength: 1024,
  layers: 12,
  heads: 12,
  width: 768,
};
const BATCH = 4;
const TOKENS = BATCH * SMALLEST_GPT2.contextLength;
const WARM_UP_STEPS = 2;
const STEPS = 8;
const EXCHANGED_STEPS = 3;

/** What a peer measured, in seconds of a step. */
interface Peer {
  readonly version: string;
  /** By arithmetic: `float32`, `tf32`, `bf16`. */
  readonly steps: Readonly<Record<string, readonly number[]>>;
}

/** Tokens a second. */
interface Speed {
  readonly resident: Typical;
  readonly exchanged: Typical;
}

/** Measures, if there is a card. */
export async function* run(): AsyncIterable<Figure> {
  const adapter = webGpuAdapter();
  if (!adapter?.isHardware) {
    const found = adapter?.name ?? "no Vulkan loader or driver";
    console.error(`gpu/speed: skipped, for there is no graphics card here (${found})`);
    return;
  }
  const card = adapter.name;
  const figure = (name: string, config: ModelConfig, own: Typical, peer: string | null, theirs: number): Figure => ({
    name: `gpu/speed/${name}`,
    configuration: { card, ...configurationOf({ config, name, leaves: 1, leafBatch: BATCH }, 1) },
    ...own,
    unit: "tokens/s",
    peer,
    ratio: peer === null ? null : own.value / theirs,
  });
  const resident = "a step whose vectors stay on the card";

  const float = await speedOf(SMALLEST_GPT2);
  const operations = (float.resident.value * operationsPerToken(SMALLEST_GPT2)) / 1e12;
  yield { ...figure("124m/arithmetic", SMALLEST_GPT2, float.resident, null, 1), value: operations, unit: "TFLOP/s" };
  yield figure("124m/exchanged", SMALLEST_GPT2, float.exchanged, resident, float.resident.value);
  yield figure("124m/float32", SMALLEST_GPT2, float.resident, null, 1);
  const mixed = await speedOf(SMALLEST_GPT2, { precision: "mixed" });
  yield figure("124m/mixed", SMALLEST_GPT2, mixed.resident, "float32", float.resident.value);
  const adapted = configOf(SMALLEST_GPT2.contextLength);
  const adapters = await speedOf(adapted, {}, { adapters: ADAPTERS });
  yield figure("135m/adapters", adapted, adapters.resident, null, 1);
  yield figure("135m/adapters/exchanged", adapted, adapters.exchanged, resident, adapters.resident.value);
  const peer = await pytorch();
  for (const [arithmetic, steps] of Object.entries(peer?.steps ?? {})) {
    const theirs = rate(TOKENS, steps).value;
    const name = `PyTorch ${peer?.version}, ${arithmetic}, ${Math.round(theirs)}`;
    yield figure(`124m/beside ${arithmetic}`, SMALLEST_GPT2, float.resident, name, theirs);
  }
}

async function speedOf(
  config: ModelConfig,
  changes: Partial<TrainingConfig> = {},
  options: Partial<ReplicaOptions> = {},
): Promise<Speed> {
  const executor = await onnxWebGpu();
  try {
    const training = { ...trainingConfig(WARM_UP_STEPS + STEPS + EXCHANGED_STEPS, 1, BATCH), ...changes };
    const initial = smallNumbers(parameterVectorSize(config));
    const inputs = { executor, training, ...createInputs(config), concurrency: 1, initial, ...options };
    const replica = await createReplica(inputs);
    const [resident, exchanged]: [number[], number[]] = [[], []];
    for (let step = 0; step < WARM_UP_STEPS + STEPS; step++) {
      const elapsed = await seconds(() => replica.stepAlone!(step, () => false));
      if (step >= WARM_UP_STEPS) resident.push(elapsed);
    }
    const vectors = leafVectors(replica, 1);
    for (let step = WARM_UP_STEPS + STEPS; step < training.steps; step++) {
      exchanged.push(await seconds(() => trainStep(replica, step, vectors)));
    }
    await replica.close();
    return { resident: rate(TOKENS, resident), exchanged: rate(TOKENS, exchanged) };
  } finally {
    await executor.close();
  }
}

/** Parameters to begin with, made faster than normal ones: figures depend on sizes alone. */
function smallNumbers(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => ((Math.imul(i + 1, 0x9e3779b1) >>> 8) / 2 ** 24 - 0.5) / 16);
}

async function pytorch(): Promise<Peer | undefined> {
  const program = fileURLToPath(new URL("./gpu_peer.py", import.meta.url));
  const { contextLength, layers, heads, width, vocabularySize } = SMALLEST_GPT2;
  const shape = [vocabularySize, contextLength, layers, heads, width, BATCH, WARM_UP_STEPS, STEPS].map(String);
  try {
    const { stdout } = await promisify(execFile)("python3", [program, ...shape]);
    return JSON.parse(stdout) as Peer;
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split("\n").at(-1) : String(error);
    console.error(`gpu/speed: without PyTorch beside it (${reason})`);
    return undefined;
  }
}
