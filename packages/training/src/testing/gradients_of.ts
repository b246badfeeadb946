import type { Executor } from "@millrace/execution";
import { type ModelConfig, parameterLayout, trainingGraph } from "@millrace/transformer";

/**
 * The gradient of the summed loss over one sequence, in which the target of a token is the next one, and of the last none.
 * @param config Without dropout.
 * @param parameters Flat vector of `parameterLayout(config)`.
 * @param tokens As many as the context.
 * @returns Gradient of each parameter by its name.
 */
export async function gradientsOf(
  executor: Executor,
  config: ModelConfig,
  parameters: Float32Array,
  tokens: readonly number[],
): Promise<ReadonlyMap<string, Float32Array>> {
  const session = await executor.createSession(trainingGraph(config, { batch: 1 }).model, { threads: 1 });
  const layout = parameterLayout(config);
  const gradients = new Map(layout.map(({ name, size }) => [name, new Float32Array(size)]));
  const shape = [1, tokens.length];
  const feeds = Object.fromEntries(
    layout.map(({ name, shape: extents, offset, size }) => [
      name,
      { data: parameters.subarray(offset, offset + size), shape: extents },
    ]),
  );
  const fetches = Object.fromEntries(
    layout.map(({ name, shape: extents }) => [`grad.${name}`, { data: gradients.get(name)!, shape: extents }]),
  );
  await session.run(
    {
      ...feeds,
      tokens: { data: Int32Array.from(tokens), shape },
      targets: { data: Int32Array.from([...tokens.slice(1), -1]), shape },
    },
    {
      ...fetches,
      loss_sum: { data: new Float32Array(1), shape: [1] },
      target_count: { data: new Float32Array(1), shape: [1] },
    },
  );
  await session.release();
  return gradients;
}
