import type { ModelConfig } from "@millrace/contracts";
import type { Executor, TensorView } from "@millrace/execution";
import { readModel, validationWindows } from "@millrace/training";
import { lossGraph, parameterLayout } from "@millrace/transformer";
import type { Tokens } from "./measure.ts";

/** Windows scored in one run of the graph. */
const BATCH = 8;
const IGNORED_TARGET = -1;

/** What is scored with what. */
export interface ScoreRequest {
  readonly config: ModelConfig;
  /** Bytes of `model.safetensors`. */
  readonly model: Uint8Array;
  readonly tokens: Tokens;
  readonly endOfText: number;
  /** Runs of the graph under way at once; it changes no result. */
  readonly concurrency: number;
}

/**
 * Sums the nats of all tokens of all documents: the first of a document given the end-of-text token, the others what stands before
 * them in windows that do not overlap.
 * @throws {TypeError} If the checkpoint is not one of this model.
 */
export async function scoreTokens(executor: Executor, request: ScoreRequest): Promise<number> {
  const { config, tokens, endOfText, concurrency } = request;
  const { contextLength } = config;
  const parameters = parametersOf(config, request.model);
  const windows = validationWindows(tokens, endOfText, contextLength);
  const session = await executor.createSession(lossGraph(config, { batch: BATCH }).model, { threads: 1 });
  const sums = new Float64Array(Math.ceil(windows.length / BATCH));
  let next = 0;
  async function work(): Promise<void> {
    const shape = [BATCH, contextLength];
    const [read, predicted] = [new Int32Array(BATCH * contextLength), new Int32Array(BATCH * contextLength)];
    const [lossSum, targetCount] = [new Float32Array(1), new Float32Array(1)];
    for (let batch = next++; batch < sums.length; batch = next++) {
      read.fill(endOfText);
      predicted.fill(IGNORED_TARGET);
      windows.slice(batch * BATCH, (batch + 1) * BATCH).forEach(({ start, length }, row) => {
        read.set(tokens.subarray(start, start + length), row * contextLength);
        predicted.set(tokens.subarray(start + 1, start + 1 + length), row * contextLength);
      });
      await session.run(
        { ...parameters, tokens: { data: read, shape }, targets: { data: predicted, shape } },
        { loss_sum: { data: lossSum, shape: [1] }, target_count: { data: targetCount, shape: [1] } },
      );
      sums[batch] = lossSum[0]!;
    }
  }
  try {
    await Promise.all(Array.from({ length: concurrency }, work));
  } finally {
    await session.release();
  }
  return sums.reduce((sum, nats) => sum + nats, 0);
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
