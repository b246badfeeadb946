/**
 * What is lost by exchanging less? One model on four nodes of this machine, with the same tokens in the same order, whatever nodes exchange:
 * validation loss on the way beside that of the exact training, and what all nodes send in a step. Time says nothing here: links on one
 * machine are not what less traffic is for.
 */
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Figure } from "@millrace/benchmark";
import { blobStore, observeRun, type ObservedRun } from "../src/testing/run_kit.ts";
import { USUAL_TRAINING } from "../src/testing/usual_training.ts";
import type { TrainingJob } from "../src/training_job.ts";

const NODES = 4;
const STEPS = 200;
const VALIDATE_EVERY = 50;
const MAIN = fileURLToPath(new URL("../src/runtime/node_main.ts", import.meta.url));
const DOCUMENTS = fileURLToPath(new URL("../../../docs", import.meta.url));
const MODES = {
  exact: {},
  fp16: { exchange: "fp16" },
  int8: { exchange: "int8" },
  "diloco-10": { innerSteps: 10 },
  "diloco-25": { innerSteps: 25 },
} as const;

/** The project's documentation, a byte a token; 0 begins a document. */
async function tokens(): Promise<Uint16Array> {
  const files = (await readdir(DOCUMENTS, { recursive: true })).filter((name) => name.endsWith(".md")).sort();
  return Uint16Array.from(files.flatMap((name) => [0, ...readFileSync(`${DOCUMENTS}/${name}`).map((byte) => byte)]));
}

function jobOf(store: ReturnType<typeof blobStore>, text: Uint16Array, mode: keyof typeof MODES): TrainingJob {
  const own: { exchange?: "fp16" | "int8"; innerSteps?: number } = MODES[mode];
  const { exchange, innerSteps = 1 } = own;
  const held = Math.floor(text.length * 0.9);
  const shard = (part: Uint16Array): string => store.put(new Uint8Array(part.slice().buffer));
  const validation = text.slice(held - 1);
  validation[0] = 0;
  return {
    run: mode,
    leaves: 8,
    steps: STEPS / innerSteps,
    validationLeaves: 60,
    validateEverySteps: VALIDATE_EVERY / innerSteps,
    checkpointEverySteps: STEPS / innerSteps,
    ...(exchange && { exchange }),
    replica: {
      config: { architecture: "gpt2", vocabularySize: 256, contextLength: 64, layers: 3, heads: 4, width: 96 },
      training: {
        ...USUAL_TRAINING,
        seed: 1,
        leafBatch: 2,
        learningRate: 3e-3,
        finalLearningRate: 3e-4,
        warmupSteps: 20,
      },
      endOfText: 0,
      dtype: "uint16",
      ...(innerSteps > 1 && { innerSteps }),
    },
    blobs: { "train.0": shard(text.subarray(0, held)), "validation.0": shard(validation) },
  };
}

/** Bytes that all nodes send in a step of the optimiser, on average. */
function bytesAStep({ progress }: ObservedRun): number {
  const sent = progress.flatMap((each) => (each.type === "step" ? each.nodes.map(({ sentBytes }) => sentBytes) : []));
  return sent.reduce((sum, bytes) => sum + bytes, 0) / STEPS;
}

/** Measures. */
export async function* run(): AsyncIterable<Figure> {
  const text = await tokens();
  const configuration = { nodes: NODES, steps: STEPS, tokens: text.length, parameters: "0.4 million" };
  let exact: { losses: number[]; bytes: number } | undefined;
  for (const mode of Object.keys(MODES) as (keyof typeof MODES)[]) {
    const store = blobStore();
    const ran = await observeRun(jobOf(store, text, mode), { nodes: NODES, store, main: MAIN });
    const found = { losses: ran.result.validations.map(({ loss }) => loss), bytes: bytesAStep(ran) };
    exact ??= found;
    for (const [index, loss] of found.losses.entries()) {
      const wanted = exact.losses[index]!;
      const peer = `the exact training, ${wanted.toFixed(3)}`;
      const name = `exchange_modes/${mode}/after-${(index + 1) * VALIDATE_EVERY}`;
      yield { name, configuration, value: loss, spread: 0, unit: "nats/token", peer, ratio: loss / wanted };
    }
    const peer = `the exact training, ${exact.bytes.toFixed(0)}`;
    const sent = { value: found.bytes, spread: 0, unit: "bytes/step", peer, ratio: found.bytes / exact.bytes };
    yield { name: `exchange_modes/${mode}/sent`, configuration, ...sent };
  }
}
