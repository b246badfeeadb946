/**
 * Fine-tuning with adapters at the size of SmolLM-135M (random weights: figures depend on sizes alone): tokens a second of whole steps, and
 * the most memory that the process held. Beside them stand the aims: 150 tokens/s and 2 GiB on 2 cores.
 */
import { availableParallelism } from "node:os";
import { type Figure, rate } from "@millrace/benchmark";
import { onnxC } from "@millrace/execution/onnx_c";
import { type AdapterConfig, initialParameters, type ModelConfig } from "@millrace/transformer";
import { createReplica, leafVectors, trainStep } from "../src/mod.ts";
import { configurationOf, createInputs, seconds, trainingConfig } from "./training.ts";

const CONFIG: ModelConfig = {
  architecture: "llama",
  vocabularySize: 49152,
  contextLength: 128,
  layers: 30,
  heads: 9,
  keyValueHeads: 3,
  width: 576,
  innerWidth: 1536,
  tied: true,
};
const ADAPTERS: AdapterConfig = { rank: 16, alpha: 32, targets: ["attention", "feedForward"] };
const LEAVES = 4;
const LEAF_BATCH = 1;
const STEPS = 5;
const AIM_TOKENS_PER_SECOND = 150;
const AIM_BYTES = 2 * 2 ** 30;

/** Measures both figures. */
export async function* run(): AsyncIterable<Figure> {
  const threads = availableParallelism();
  const executor = onnxC();
  try {
    const replica = await createReplica({
      executor,
      ...createInputs(CONFIG),
      initial: initialParameters(CONFIG, 1),
      adapters: ADAPTERS,
      training: trainingConfig(STEPS + 1, LEAVES, LEAF_BATCH),
      concurrency: threads,
    });
    const vectors = leafVectors(replica, LEAVES);
    const times: number[] = [];
    for (let step = 0; step <= STEPS; step++) times.push(await seconds(() => trainStep(replica, step, vectors)));
    await replica.close();
    // The first step makes room.
    const speed = rate(LEAVES * LEAF_BATCH * CONFIG.contextLength, times.slice(1));
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    const one = { name: "finetuning", config: CONFIG, leaves: LEAVES, leafBatch: LEAF_BATCH, steps: STEPS };
    const configuration = { ...configurationOf(one, threads), rank: ADAPTERS.rank };
    yield {
      name: "finetuning/135m",
      configuration,
      ...speed,
      unit: "tokens/s",
      peer: `the aim, ${AIM_TOKENS_PER_SECOND} tokens/s`,
      ratio: speed.value / AIM_TOKENS_PER_SECOND,
    };
    yield {
      name: "finetuning/135m memory",
      configuration,
      value: peakBytes / 2 ** 20,
      spread: 0,
      unit: "MiB",
      peer: "the aim, 2 GiB at most",
      ratio: peakBytes / AIM_BYTES,
    };
  } finally {
    await executor.close();
  }
}
