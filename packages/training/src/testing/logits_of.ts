import type { Executor } from "@millrace/execution";
import { logitsGraph, type ModelConfig, parameterLayout } from "@millrace/transformer";

/**
 * Scores every place of one sequence.
 * @param parameters Flat vector of `parameterLayout(config)`.
 * @param tokens As many as the context.
 * @returns Shape (T, V).
 */
export async function logitsOf(
  executor: Executor,
  config: ModelConfig,
  parameters: Float32Array,
  tokens: readonly number[],
): Promise<Float32Array> {
  const { contextLength, vocabularySize } = config;
  const session = await executor.createSession(logitsGraph(config, { batch: 1 }).model, { threads: 1 });
  const data = new Float32Array(contextLength * vocabularySize);
  const feeds = Object.fromEntries(
    parameterLayout(config).map(({ name, shape, offset, size }) => [
      name,
      { data: parameters.subarray(offset, offset + size), shape },
    ]),
  );
  await session.run(
    { ...feeds, tokens: { data: Int32Array.from(tokens), shape: [1, contextLength] } },
    { logits: { data, shape: [contextLength, vocabularySize] } },
  );
  await session.release();
  return data;
}
