/**
 * Fine-tuning with adapters at the size of SmolLM-135M (random weights: figures depend on sizes alone): tokens a second of whole steps, and
 * the most memory that the process held, each context in a process of its own. At a context of 256 the leaves at once keep so much that
 * blocks are computed again by themselves; the third case shows the same without. Beside them stand the aims: 150 tokens/s and 2 GiB on 2 cores.
 */
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Figure, rate } from "@millrace/benchmark";
import { configurationOf } from "./training.ts";
import { ADAPTERS, type Case, configOf, LEAF_BATCH, type Measured, STEPS } from "./finetuning_case.ts";

const CASES: readonly (Case & { readonly name: string })[] = [
  { name: "finetuning/135m/128", contextLength: 128, leaves: 4 },
  { name: "finetuning/135m/256", contextLength: 256, leaves: 2 },
  { name: "finetuning/135m/256 all kept", contextLength: 256, leaves: 2, recompute: false },
];
const MAIN = fileURLToPath(new URL("finetuning_case.ts", import.meta.url));
const AIM_TOKENS_PER_SECOND = 150;
const AIM_BYTES = 2 * 2 ** 30;

/** Measures both figures of each case. */
export async function* run(): AsyncIterable<Figure> {
  const threads = availableParallelism();
  for (const { name, ...one } of CASES) {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, JSON.stringify(one), String(threads)]);
    const { seconds, peakBytes } = JSON.parse(stdout) as Measured;
    const { leaves, contextLength } = one;
    const speed = rate(leaves * LEAF_BATCH * contextLength, seconds);
    const shape = { name, config: configOf(contextLength), leaves, leafBatch: LEAF_BATCH, steps: STEPS };
    const configuration = { ...configurationOf(shape, threads), rank: ADAPTERS.rank };
    yield {
      name,
      configuration,
      ...speed,
      unit: "tokens/s",
      peer: `the aim, ${AIM_TOKENS_PER_SECOND} tokens/s`,
      ratio: speed.value / AIM_TOKENS_PER_SECOND,
    };
    yield {
      name: `${name} memory`,
      configuration,
      value: peakBytes / 2 ** 20,
      spread: 0,
      unit: "MiB",
      peer: "the aim, 2 GiB at most",
      ratio: peakBytes / AIM_BYTES,
    };
  }
}
