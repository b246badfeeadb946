/** What a training holds at most, and what its steps allocate of JavaScript's heap. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ModelConfig } from "@millrace/transformer";

/** What is trained. */
export interface TrainedCase {
  readonly config: ModelConfig;
  readonly leaves: number;
  readonly leafBatch: number;
  /** Until the engine has compiled what runs at every step. */
  readonly warmUpSteps: number;
}

export interface StepMemory {
  /** Most memory that the process held. */
  readonly peakBytes: number;
  /** Allocated in a step, a mean over steps after those to warm up. */
  readonly heapBytes: number;
}

const MAIN = fileURLToPath(new URL("step_memory_main.ts", import.meta.url));
/** Room for all that the counted steps allocate, so that nothing is collected before it is counted. */
const YOUNG_MEBIBYTES = 64;

/** Measures a case in a process of its own. */
export async function memoryOf(trained: TrainedCase, concurrency: number): Promise<StepMemory> {
  const flags = ["--expose-gc", `--min-semi-space-size=${YOUNG_MEBIBYTES}`];
  const { config, leaves, leafBatch, warmUpSteps } = trained;
  const one = JSON.stringify({ config, leaves, leafBatch, warmUpSteps } satisfies TrainedCase);
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, MAIN, one, String(concurrency)]);
  return JSON.parse(stdout) as StepMemory;
}
