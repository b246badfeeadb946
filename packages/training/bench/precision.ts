/** Steps of mixed precision over those of float32 on the processor, with the 12-million model. The two take turns. For a card see gpu_speed.ts. */
import { availableParallelism } from "node:os";
import { type Figure, rate } from "@millrace/benchmark";
import type { Executor } from "@millrace/execution";
import { onnxC } from "@millrace/execution/onnx_c";
import { createReplica, leafVectors, type Replica, trainStep } from "../src/mod.ts";
import { configurationOf, createInputs, seconds, trainingConfig, TWELVE_MILLION } from "./training.ts";

const WARM_UP_STEPS = 2;
type Case = Omit<typeof TWELVE_MILLION, "roundSteps" | "warmUpSteps">;

/** Measures. */
export async function* run(): AsyncIterable<Figure> {
  yield await measure(onnxC(), { ...TWELVE_MILLION, name: "precision/12m" }, availableParallelism());
}

async function measure(executor: Executor, one: Case, threads: number): Promise<Figure> {
  const { config, leaves, leafBatch, steps } = one;
  const whole = trainingConfig(steps + WARM_UP_STEPS, leaves, leafBatch);
  const open = (precision?: "mixed"): Promise<Replica> =>
    createReplica({ executor, training: { ...whole, precision }, ...createInputs(config), concurrency: threads });
  try {
    const replicas = [await open("mixed"), await open()];
    const vectors = leafVectors(replicas[0]!, leaves);
    const times: number[][] = [[], []];
    for (let step = 0; step < steps + WARM_UP_STEPS; step++) {
      for (const [at, replica] of replicas.entries()) {
        const spent = await seconds(() => trainStep(replica, step, vectors));
        if (step >= WARM_UP_STEPS) times[at]!.push(spent);
      }
    }
    await Promise.all(replicas.map((replica) => replica.close()));
    const [mixed = [], float = []] = times;
    const tokens = leaves * leafBatch * config.contextLength;
    const [own, theirs] = [rate(tokens, mixed), rate(tokens, float).value];
    const beside = { peer: `float32, ${Math.round(theirs)} tokens/s`, ratio: own.value / theirs };
    return { name: one.name, configuration: configurationOf(one, threads), ...own, unit: "tokens/s", ...beside };
  } finally {
    await executor.close();
  }
}
