/** One case of the fine-tuning benchmark. Started as a process, it measures the case in its arguments and writes what it measured. */
import { onnxC } from "@millrace/execution/onnx_c";
import { type AdapterConfig, initialParameters, type ModelConfig } from "@millrace/transformer";
import { createReplica, leafVectors, trainStep } from "../src/mod.ts";
import { createInputs, seconds, trainingConfig } from "./training.ts";

export interface Case {
  readonly contextLength: number;
  readonly leaves: number;
  /** As a replica has it. */
  readonly recompute?: boolean;
}

export interface Measured {
  /** Of each step; the first one, which makes room, is left out. */
  readonly seconds: readonly number[];
  readonly peakBytes: number;
}

export const ADAPTERS: AdapterConfig = { rank: 16, alpha: 32, targets: ["attention", "feedForward"] };
export const LEAF_BATCH = 1;
export const STEPS = 5;

/** SmolLM-135M's shape. */
export function configOf(contextLength: number): ModelConfig {
  return {
    architecture: "llama",
    vocabularySize: 49152,
    contextLength,
    layers: 30,
    heads: 9,
    keyValueHeads: 3,
    width: 576,
    innerWidth: 1536,
    tied: true,
  };
}

async function measure({ contextLength, leaves, recompute }: Case, concurrency: number): Promise<Measured> {
  const executor = onnxC();
  const config = configOf(contextLength);
  const replica = await createReplica({
    executor,
    ...createInputs(config),
    initial: initialParameters(config, 1),
    adapters: ADAPTERS,
    training: trainingConfig(STEPS + 1, leaves, LEAF_BATCH),
    concurrency,
    recompute,
  });
  const vectors = leafVectors(replica, leaves);
  const times: number[] = [];
  for (let step = 0; step <= STEPS; step++) times.push(await seconds(() => trainStep(replica, step, vectors)));
  await replica.close();
  await executor.close();
  return { seconds: times.slice(1), peakBytes: process.resourceUsage().maxRSS * 1024 };
}

if (import.meta.main) {
  const [one = "", concurrency = ""] = process.argv.slice(2);
  console.log(JSON.stringify(await measure(JSON.parse(one) as Case, Number(concurrency))));
}
