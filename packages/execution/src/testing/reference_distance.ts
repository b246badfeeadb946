import { gradients, input, mul, onnxModel, reduceSum, type Tensor } from "@millrace/tensor";
import { evaluate, type Feed, type OperationCase, randomFeed, relativeDistance } from "@millrace/tensor/testing";
import type { Executor, TensorView } from "../executor.ts";

const ARRAYS = {
  float32: (data: Float64Array) => Float32Array.from(data),
  int32: (data: Float64Array) => Int32Array.from(data),
  int64: (data: Float64Array) => BigInt64Array.from(data, BigInt),
};

function viewOf({ type, data, shape }: Feed): TensorView {
  if (type !== "float32" && type !== "int32" && type !== "int64") throw new TypeError(`no feed of ${type}`);
  return { data: ARRAYS[type](data), shape };
}

/** Greatest distance of what an executor computes of an example from the reference in float64, over the greatest element (1 at least). */
export function operationDistance(executor: Executor, one: OperationCase): Promise<number> {
  return distance(executor, one, { y: one.output });
}

/** The same of the gradient of a weighted sum of the example's output. */
export function gradientDistance(executor: Executor, one: OperationCase): Promise<number> {
  const shape = one.output.shape as readonly number[];
  const weights = input("weights", "float32", shape);
  const axes = shape.map((_, axis) => axis);
  const found = gradients(reduceSum(mul(one.output, weights), axes), one.inputs);
  const outputs = Object.fromEntries(found.map((tensor, index) => [`gradient${index}`, tensor]));
  const feeds = { ...one.feeds, weights: randomFeed(shape, 5) };
  return distance(executor, { inputs: [...one.inputs, weights], feeds }, outputs);
}

async function distance(
  executor: Executor,
  { inputs, feeds }: Pick<OperationCase, "inputs" | "feeds">,
  outputs: Readonly<Record<string, Tensor>>,
): Promise<number> {
  const model = onnxModel({ name: "example", inputs, outputs, dialect: executor.dialect });
  const session = await executor.createSession(model, { threads: 1 });
  const wanted = evaluate(Object.values(outputs), feeds);
  const found = wanted.map(({ data, shape }) => ({ data: new Float32Array(data.length), shape }));
  await session.run(
    Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, viewOf(feed)])),
    Object.fromEntries(Object.keys(outputs).map((name, index) => [name, found[index]!])),
  );
  await session.release();
  return Math.max(
    ...found.map(({ data, shape }, i) => relativeDistance({ data: Float64Array.from(data), shape }, wanted[i]!)),
  );
}
