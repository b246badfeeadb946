/**
 * What an optimiser takes of a step of the 12-million model: the gradient's norm, the update, the moving average where there is one,
 * over whole steps (gradients of all leaves, their sum, the optimiser) in which they are timed. Optimisers take turns. The part
 * depends on the tokens of a step, here 2048: what an optimiser does does not grow with them. The stated limit is 5 %.
 */
import { availableParallelism } from "node:os";
import { type Figure, typical } from "@millrace/benchmark";
import type { Executor } from "@millrace/execution";
import { onnxC } from "@millrace/execution/onnx_c";
import { createReplica, leafVectors, type Replica, trainStep, type TrainingConfig } from "../src/mod.ts";
import { configurationOf, createInputs, seconds, TWELVE_MILLION, trainingConfig } from "./training.ts";

const OPTIMISERS: Readonly<Record<string, Partial<TrainingConfig>>> = {
  adamw: {},
  sgd: { optimiser: { name: "sgd", momentum: 0.9, nesterov: false } },
  "adamw-average": { averageDecay: 0.999 },
  muon: { optimiser: { name: "muon", momentum: 0.95, nesterov: true } },
};
const LIMIT_PERCENT = 5;
const WARM_UP_STEPS = 1;

/** Measures every optimiser, one figure each. */
export async function* run(): AsyncIterable<Figure> {
  const threads = availableParallelism();
  const executor = onnxC();
  try {
    const { steps } = TWELVE_MILLION;
    const samples = Object.fromEntries(Object.keys(OPTIMISERS).map((name) => [name, [] as number[]]));
    const replicas = await Promise.all(Object.values(OPTIMISERS).map((own) => open(executor, own, threads)));
    const vectors = replicas.map((replica) => leafVectors(replica, TWELVE_MILLION.leaves));
    for (let step = 0; step < steps + WARM_UP_STEPS; step++) {
      for (const [at, name] of Object.keys(OPTIMISERS).entries()) {
        const part = await partOfStep(replicas[at]!, step, vectors[at]!);
        if (step >= WARM_UP_STEPS) samples[name]!.push(100 * part);
      }
    }
    await Promise.all(replicas.map((replica) => replica.close()));
    for (const [name, parts] of Object.entries(samples)) {
      const found = typical(parts);
      yield {
        name: `optimiser/${name}`,
        configuration: configurationOf(TWELVE_MILLION, threads),
        ...found,
        unit: "% of a step",
        peer: `the limit, ${LIMIT_PERCENT} %`,
        ratio: found.value / LIMIT_PERCENT,
      };
    }
  } finally {
    await executor.close();
  }
}

function open(executor: Executor, own: Partial<TrainingConfig>, concurrency: number): Promise<Replica> {
  const { config, steps, leaves, leafBatch } = TWELVE_MILLION;
  const training = { ...trainingConfig(steps + WARM_UP_STEPS, leaves, leafBatch), ...own };
  return createReplica({ executor, training, ...createInputs(config), concurrency });
}

/** Makes a step, and gives the part of its time that was the optimiser's. */
async function partOfStep(replica: Replica, step: number, vectors: readonly Float32Array[]): Promise<number> {
  let applySeconds = 0;
  const timed: Replica = {
    ...replica,
    async applyStep(...given) {
      let report: Awaited<ReturnType<Replica["applyStep"]>> | undefined;
      applySeconds = await seconds(async () => (report = await replica.applyStep(...given)));
      return report!;
    },
  };
  const stepSeconds = await seconds(() => trainStep(timed, step, vectors));
  return applySeconds / stepSeconds;
}
