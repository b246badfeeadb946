/**
 * Training on a graphics card: whole steps of GPT-2's smallest size, 124 million parameters, with all vectors in the card's memory, and
 * beside it PyTorch on the same card in the same run. Skipped with a reason where there is no card.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Figure, rate } from "@millrace/benchmark";
import { onnxWebGpu, webGpuAdapter } from "@millrace/execution/onnx_webgpu";
import { type ModelConfig, operationsPerToken } from "@millrace/transformer";
import { createReplica, leafVectors, trainStep } from "../src/mod.ts";
import { createInputs, seconds, trainingConfig } from "./training.ts";

export const SMALLEST_GPT2: ModelConfig = {
  architecture: "gpt2",
  vocabularySize: 50_257,
  contextLength: 1024,
  layers: 12,
  heads: 12,
  width: 768,
};
const BATCH = 4;
const WARM_UP_STEPS = 2;
const STEPS = 8;
const EXCHANGED_STEPS = 3;

/** What a peer measured, in seconds of a step. */
interface Peer {
  readonly version: string;
  /** By arithmetic: `float32`, `tf32`, `bf16`. */
  readonly steps: Readonly<Record<string, readonly number[]>>;
}

/** Measures, if there is a card. */
export async function* run(): AsyncIterable<Figure> {
  const adapter = webGpuAdapter();
  if (!adapter?.isHardware) {
    console.error(
      `gpu: skipped, for there is no graphics card here (${adapter?.name ?? "no Vulkan loader or driver"})`,
    );
    return;
  }
  const { contextLength: T, layers: L, heads: H, width: D, vocabularySize: V } = SMALLEST_GPT2;
  const configuration = { card: adapter.name, V, L, H, D, T, B: BATCH };
  const { resident, exchanged } = await measure();
  const tokens = BATCH * T;
  const own = rate(tokens, resident);
  yield {
    name: "gpu/124m/arithmetic",
    configuration,
    ...rate((tokens * operationsPerToken(SMALLEST_GPT2)) / 1e12, resident),
    unit: "TFLOP/s",
    peer: null,
    ratio: null,
  };
  const alone = { peer: "a step whose vectors stay on the card", ratio: rate(tokens, exchanged).value / own.value };
  yield { name: "gpu/124m/exchanged", configuration, ...rate(tokens, exchanged), unit: "tokens/s", ...alone };
  const peer = await pytorch();
  if (peer === undefined) {
    yield { name: "gpu/124m", configuration, ...own, unit: "tokens/s", peer: null, ratio: null };
    return;
  }
  for (const [arithmetic, steps] of Object.entries(peer.steps)) {
    const theirs = rate(tokens, steps).value;
    const beside = { peer: `PyTorch ${peer.version}, ${arithmetic}, ${Math.round(theirs)}`, ratio: own.value / theirs };
    yield { name: `gpu/124m/${arithmetic}`, configuration, ...own, unit: "tokens/s", ...beside };
  }
}

/** Seconds of steps: with all vectors on the card, and with gradients and sums by way of the host, as between nodes. */
async function measure(): Promise<{ resident: number[]; exchanged: number[] }> {
  const executor = await onnxWebGpu();
  try {
    const training = trainingConfig(WARM_UP_STEPS + STEPS + EXCHANGED_STEPS, 1, BATCH);
    const replica = await createReplica({ executor, training, ...createInputs(SMALLEST_GPT2), concurrency: 1 });
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
    return { resident, exchanged };
  } finally {
    await executor.close();
  }
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
    console.error(`gpu: without PyTorch beside it (${reason})`);
    return undefined;
  }
}
