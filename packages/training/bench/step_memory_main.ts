/** Started as a process by `memoryOf`: trains the case in its arguments and writes what it measured. */
import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { onnxC } from "@millrace/execution/onnx_c";
import { createReplica, leafVectors, trainStep } from "../src/mod.ts";
import type { StepMemory, TrainedCase } from "./step_memory.ts";
import { createInputs, trainingConfig } from "./training.ts";

const STEPS = 8;

async function measure(trained: TrainedCase, concurrency: number): Promise<StepMemory> {
  const { config, leaves, leafBatch, warmUpSteps } = trained;
  const executor = onnxC();
  const training = trainingConfig(warmUpSteps + STEPS, leaves, leafBatch);
  const replica = await createReplica({ executor, training, ...createInputs(config), concurrency });
  const vectors = leafVectors(replica, leaves);
  for (let step = 0; step < warmUpSteps; step++) await trainStep(replica, step, vectors);
  globalThis.gc?.();
  await setImmediate();
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  observer.observe({ entryTypes: ["gc"] });
  const before = process.memoryUsage().heapUsed;
  for (let step = warmUpSteps; step < warmUpSteps + STEPS; step++) await trainStep(replica, step, vectors);
  const heapBytes = (process.memoryUsage().heapUsed - before) / STEPS;
  await setImmediate();
  observer.disconnect();
  if (collections > 0) throw new Error(`heap of a step: found ${collections} collections while counting, wanted none`);
  await replica.close();
  await executor.close();
  return { peakBytes: process.resourceUsage().maxRSS * 1024, heapBytes };
}

const [one = "", concurrency = ""] = process.argv.slice(2);
console.log(JSON.stringify(await measure(JSON.parse(one) as TrainedCase, Number(concurrency))));
