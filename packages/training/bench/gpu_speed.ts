/**
 * Training on a graphics card, with all vectors in the card's memory, and with gradients and sums by way of the host, as between nodes.
 * Whole steps of GPT-2's smallest size, 124 million parameters, in float32, in mixed precision and with Muon; adapters for a model of 135
 * million; PyTorch on the same card in the same run; and, since it may take long, GPT-2 with dropout. Skipped with a reason where there is
 * no card.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Figure, rate, type Typical } from "@millrace/benchmark";
import { onnxWebGpu, webGpuAdapter } from "@millrace/execution/onnx_webgpu";
import { type AdapterConfig, type ModelConfig, operationsPerToken, parameterVectorSize } from "@millrace/transformer";
import { createReplica, leafVectors, type Replica, trainStep, type TrainingConfig } from "../src/mod.ts";
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
const ALL_STEPS = WARM_UP_STEPS + STEPS + EXCHANGED_STEPS;
const MUON = { name: "muon", momentum: 0.95, nesterov: true } as const;

/** What a peer measured, in seconds of a step. */
interface Peer {
  readonly version: string;
  /** By arithmetic: `float32`, `tf32`, `bf16`. */
  readonly steps: Readonly<Record<string, readonly number[]>>;
}

/** What a step is of beside a model. */
interface Setting {
  readonly training?: Partial<TrainingConfig>;
  readonly adapters?: AdapterConfig;
  /** Timed ones after those to warm up; default `STEPS`. */
  readonly steps?: number;
}

/** Tokens a second of a step whose vectors stay on the card. */
interface Speed {
  readonly resident: Typical;
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

  const float = await exchangedSpeedOf(SMALLEST_GPT2);
  const operations = (float.resident.value * operationsPerToken(SMALLEST_GPT2)) / 1e12;
  yield { ...figure("124m/arithmetic", SMALLEST_GPT2, float.resident, null, 1), value: operations, unit: "TFLOP/s" };
  yield figure("124m/exchanged", SMALLEST_GPT2, float.exchanged, resident, float.resident.value);
  yield figure("124m/float32", SMALLEST_GPT2, float.resident, null, 1);
  const mixed = await speedOf(SMALLEST_GPT2, { training: { precision: "mixed" } });
  yield figure("124m/mixed", SMALLEST_GPT2, mixed.resident, "float32", float.resident.value);
  const muon = await speedOf(SMALLEST_GPT2, { training: { optimiser: MUON } });
  yield figure("124m/muon", SMALLEST_GPT2, muon.resident, "AdamW", float.resident.value);
  const adapted = configOf(SMALLEST_GPT2.contextLength);
  const adapters = await exchangedSpeedOf(adapted, { adapters: ADAPTERS });
  yield figure("135m/adapters", adapted, adapters.resident, null, 1);
  yield figure("135m/adapters/exchanged", adapted, adapters.exchanged, resident, adapters.resident.value);
  const peer = await pytorch();
  for (const [arithmetic, steps] of Object.entries(peer?.steps ?? {})) {
    const theirs = rate(TOKENS, steps).value;
    const name = `PyTorch ${peer?.version}, ${arithmetic}, ${Math.round(theirs)}`;
    yield figure(`124m/beside ${arithmetic}`, SMALLEST_GPT2, float.resident, name, theirs);
  }
  const dropping = { ...SMALLEST_GPT2, dropout: { embedding: 0.1, attention: 0.1, residual: 0.1 } };
  const dropped = await speedOf(dropping, { steps: EXCHANGED_STEPS });
  yield figure("124m/dropout", dropping, dropped.resident, "without", float.resident.value);
}

function speedOf(config: ModelConfig, setting: Setting = {}): Promise<Speed> {
  return withReplica(config, setting, (replica) => residentSpeed(replica, setting.steps));
}

/** Also that of a step whose gradients and sums go by way of the host. */
function exchangedSpeedOf(
  config: ModelConfig,
  setting: Setting = {},
): Promise<Speed & { readonly exchanged: Typical }> {
  return withReplica(config, setting, async (replica) => {
    const { resident } = await residentSpeed(replica, setting.steps);
    const vectors = leafVectors(replica, 1);
    const times: number[] = [];
    for (let step = WARM_UP_STEPS + STEPS; step < ALL_STEPS; step++) {
      times.push(await seconds(() => trainStep(replica, step, vectors)));
    }
    return { resident, exchanged: rate(TOKENS, times) };
  });
}

async function residentSpeed(replica: Replica, steps = STEPS): Promise<Speed> {
  const times: number[] = [];
  for (let step = 0; step < WARM_UP_STEPS + steps; step++) {
    const elapsed = await seconds(() => replica.stepAlone!(step, () => false));
    if (step >= WARM_UP_STEPS) times.push(elapsed);
  }
  return { resident: rate(TOKENS, times) };
}

async function withReplica<Result>(
  config: ModelConfig,
  { training, adapters }: Setting,
  measure: (replica: Replica) => Promise<Result>,
): Promise<Result> {
  const executor = await onnxWebGpu();
  try {
    const replica = await createReplica({
      executor,
      ...createInputs(config),
      training: { ...trainingConfig(ALL_STEPS, 1, BATCH), ...training },
      concurrency: 1,
      initial: smallNumbers(parameterVectorSize(config)),
      adapters,
    });
    const result = await measure(replica);
    await replica.close();
    return result;
  } finally {
    await executor.close();
  }
}

/** Parameters to begin with, made faster than normal ones: figures depend on sizes alone. */
function smallNumbers(count: number): Float32Array {
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = ((Math.imul(i + 1, 0x9e3779b1) >>> 8) / 2 ** 24 - 0.5) / 16;
  return numbers;
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
