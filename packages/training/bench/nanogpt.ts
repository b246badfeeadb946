/**
 * nanoGPT's example for processors: 2,000 steps on the characters of Tiny Shakespeare, ours and PyTorch's (eager) in turn, 100 steps
 * each; then both models' loss over all windows of the held-out tenth. The text is not part of this repository:
 * MILLRACE_BENCH_SHAKESPEARE names it. Without MILLRACE_BENCH_PYTHON the peer is left out.
 */
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type Figure, rate, typical } from "@millrace/benchmark";
import { openPythonPeer } from "@millrace/benchmark/python_peer";
import { onnxC } from "@millrace/execution/onnx_c";
import type { ModelConfig } from "@millrace/transformer";
import { z } from "zod";
import { createReplica, leafVectors, sumLosses, type TrainingConfig, trainStep } from "../src/mod.ts";
import { configurationOf, seconds } from "./training.ts";

/** As `recipes/shakespeare-characters.yaml` has it. */
export const NANOGPT = {
  model: { architecture: "gpt2", layers: 4, heads: 4, width: 128, contextLength: 64 },
  training: {
    seed: 1,
    steps: 2000,
    leaves: 2,
    leafBatch: 6,
    leafThreads: 1,
    learningRate: 2e-3,
    finalLearningRate: 2e-4,
    warmupSteps: 100,
    weightDecay: 0.01,
    decayGroups: ["hidden"],
    beta1: 0.9,
    beta2: 0.99,
    clip: 1,
  },
} as const satisfies { model: Omit<ModelConfig, "vocabularySize">; training: TrainingConfig };

const TEXT = "MILLRACE_BENCH_SHAKESPEARE";
const PEER = fileURLToPath(new URL("./nanogpt_peer.py", import.meta.url));
const HELD_OUT = 0.1;
const ROUND_STEPS = 100;
/** Nats a character, as nanoGPT's README gives it. */
const PUBLISHED_LOSS = 1.88;
const Loss = z.strictObject({ loss: z.number() });
const END_OF_TEXT = 0;
/** The end of a text and the unknown character, before all others. */
const SPECIAL = 2;

/** Trains both; a figure of speed and one of the loss. */
export async function* run(): AsyncIterable<Figure> {
  const path = process.env[TEXT];
  if (path === undefined) {
    console.error(`nanogpt: left out, since ${TEXT} names no file; wanted Tiny Shakespeare's input.txt`);
    return;
  }
  const { alphabet, train, validation } = splitText(await readFile(path, "utf8"));
  const { model, training } = NANOGPT;
  const config = { ...model, vocabularySize: alphabet.length + SPECIAL };
  const threads = availableParallelism();
  const { leaves, leafBatch } = training;
  const configuration = configurationOf({ name: "nanogpt", config, leaves, leafBatch }, threads);
  const torch = await openPythonPeer(PEER, [
    JSON.stringify({ ...configuration, ...training, path, heldOut: HELD_OUT }),
  ]);
  const executor = onnxC();
  try {
    const streams = { tokens: idsOf(train, alphabet), tokensHeldOut: idsOf(validation, alphabet) };
    const replica = await createReplica({
      executor,
      config,
      training,
      tokens: streams.tokens,
      validation: { tokens: streams.tokensHeldOut, endOfText: END_OF_TEXT },
      concurrency: threads,
    });
    const vectors = leafVectors(replica, training.leaves);
    const own: number[] = [];
    const theirs: number[] = [];
    for (let step = 0; step < training.steps; step += ROUND_STEPS) {
      own.push(
        await seconds(async () => {
          for (let at = step; at < step + ROUND_STEPS; at++) await trainStep(replica, at, vectors);
        }),
      );
      theirs.push(...((await torch?.round({ steps: ROUND_STEPS })) ?? []));
    }
    const losses = [];
    for (let leaf = 0; leaf < replica.validationLeaves; leaf++) losses.push(await replica.validateLeaf(leaf));
    await replica.close();
    const { lossSum, targetCount } = sumLosses(losses);

    const tokens = ROUND_STEPS * training.leaves * training.leafBatch * model.contextLength;
    const peer = torch && {
      name: torch.name,
      rate: rate(tokens, theirs).value,
      ...(await torch.ask({ loss: true }, Loss)),
    };
    const speed = rate(tokens, own);
    yield {
      name: "nanogpt/speed",
      configuration,
      ...speed,
      unit: "tokens/s",
      peer: peer ? `${peer.name}, ${Math.round(peer.rate)} tokens/s` : null,
      ratio: peer ? speed.value / peer.rate : null,
    };
    const loss = lossSum / targetCount;
    const figure = { name: "nanogpt/loss", configuration, ...typical([loss]), unit: "nats a character" };
    yield { ...figure, peer: `the published ${PUBLISHED_LOSS}`, ratio: loss / PUBLISHED_LOSS };
    if (peer) yield { ...figure, peer: `${peer.name}, ${peer.loss.toFixed(4)}`, ratio: loss / peer.loss };
  } finally {
    await executor.close();
    await torch?.close();
  }
}

/** The text's characters in order, and its two parts by position. */
function splitText(text: string): { alphabet: readonly string[]; train: string; validation: string } {
  const alphabet = [...new Set(text)].sort();
  const cut = Math.floor(text.length * (1 - HELD_OUT));
  return { alphabet, train: text.slice(0, cut), validation: text.slice(cut) };
}

/** A document: the end of text, then a token for each character. */
function idsOf(text: string, alphabet: readonly string[]): Uint16Array {
  const idOf = new Map(alphabet.map((character, index) => [character, index + SPECIAL]));
  return Uint16Array.from([END_OF_TEXT, ...Array.from(text, (character) => idOf.get(character)!)]);
}
