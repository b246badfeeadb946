import type { ModelConfig } from "@millrace/contracts";
import type { Executor, TensorView } from "@millrace/execution";
import { readModel, type ValidationWindow } from "@millrace/training";
import { parameterLayout, scoresGraph } from "@millrace/transformer";
import type { Tokens } from "./measure.ts";

/** Windows scored in one run of the graph, where the vocabulary is small. */
const MOST_WINDOWS = 8;
/** Scores in one run of the graph, which holds some seven vectors of so many: 32 MiB each in float32. */
const MOST_SCORES = 2 ** 23;
const IGNORED_TARGET = -1;

/** What is scored with what. */
export interface ScoreRequest {
  readonly config: ModelConfig;
  /** Bytes of `model.safetensors`. */
  readonly model: Uint8Array;
  /** Runs of the graph under way at once; it changes no result. */
  readonly concurrency: number;
}

/** By place in the stream: of the token that stands there, given those before it in its window. Zero where nothing was predicted. */
export interface PlaceScores {
  readonly nats: Float32Array;
  /** Tokens of the vocabulary that are at least as likely: 1 where it is the likeliest one. */
  readonly ranks: Float32Array;
}

/**
 * Scores windows of a stream. A window reads `length` tokens from `start` and predicts those one place later.
 * @param windows Their lengths are at most the context; what they predict does not overlap.
 * @throws {TypeError} If the checkpoint is not one of this model.
 */
export async function scoreWindows(
  executor: Executor,
  { config, model, concurrency }: ScoreRequest,
  stream: Tokens,
  windows: readonly ValidationWindow[],
): Promise<PlaceScores> {
  const { contextLength } = config;
  const parameters = parametersOf(config, model);
  const together = windowsAtOnce(config);
  const session = await executor.createSession(scoresGraph(config, { batch: together }).model, { threads: 1 });
  const [nats, ranks] = [new Float32Array(stream.length), new Float32Array(stream.length)];
  let next = 0;
  async function work(): Promise<void> {
    const rows = together * contextLength;
    const shape = [together, contextLength];
    const [read, predicted] = [new Int32Array(rows), new Int32Array(rows)];
    const [batchNats, batchRanks] = [new Float32Array(rows), new Float32Array(rows)];
    for (let first = together * next++; first < windows.length; first = together * next++) {
      const batch = windows.slice(first, first + together);
      read.fill(0);
      predicted.fill(IGNORED_TARGET);
      for (const [row, { start, length }] of batch.entries()) {
        read.set(stream.subarray(start, start + length), row * contextLength);
        predicted.set(stream.subarray(start + 1, start + 1 + length), row * contextLength);
      }
      await session.run(
        { ...parameters, tokens: { data: read, shape }, targets: { data: predicted, shape } },
        { nats: { data: batchNats, shape: [rows] }, rank: { data: batchRanks, shape: [rows] } },
      );
      for (const [row, { start, length }] of batch.entries()) {
        const from = row * contextLength;
        nats.set(batchNats.subarray(from, from + length), start + 1);
        ranks.set(batchRanks.subarray(from, from + length), start + 1);
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: concurrency }, work));
  } finally {
    await session.release();
  }
  return { nats, ranks };
}

/** How many windows go through the graph at once: at least one, and no more than memory allows for their tokens times the vocabulary. */
export function windowsAtOnce({
  contextLength,
  vocabularySize,
}: Pick<ModelConfig, "contextLength" | "vocabularySize">): number {
  return Math.max(1, Math.min(MOST_WINDOWS, Math.floor(MOST_SCORES / (contextLength * vocabularySize))));
}

function parametersOf(config: ModelConfig, model: Uint8Array): Record<string, TensorView> {
  const vector = readModel(config, model);
  return Object.fromEntries(
    parameterLayout(config).map(({ name, shape, offset, size }) => [
      name,
      { data: vector.subarray(offset, offset + size), shape },
    ]),
  );
}
