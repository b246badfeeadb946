/** Test kit: runs models on ONNX Runtime through its Node binding, one thread, and makes reproducible numbers. */
import { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import type { DataType } from "../graph.ts";
import type { ReferenceArray } from "../reference/array.ts";

/** An input of a run: float64 values that are rounded to the element type. */
export interface Feed extends ReferenceArray {
  readonly type: DataType;
}

/**
 * Runs a model once.
 * @param model ONNX bytes.
 * @param feeds Inputs by name.
 * @returns Outputs by name, widened to float64.
 */
export async function runModel(
  model: Uint8Array,
  feeds: Readonly<Record<string, Feed>>,
): Promise<Readonly<Record<string, ReferenceArray>>> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const tensors = Object.entries(feeds).map(([name, feed]) => [name, runtimeTensor(feed)] as const);
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [
      name,
      { data: Float64Array.from(data as Iterable<number | bigint>, Number), shape: dims },
    ]),
  );
}

/**
 * Makes reproducible numbers, uniform in [-1, 1), rounded to float32 so that every runtime starts from the same values.
 * @param seed Any integer.
 */
export function randomFeed(shape: readonly number[], seed: number): Feed {
  const count = shape.reduce((product, extent) => product * extent, 1);
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  const data = Float64Array.from({ length: count }, () => {
    // Numerical Recipes' linear congruential generator; the low bits are poor, and do not matter here.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  });
  return { type: "float32", data, shape };
}

/** Makes an int32 or int64 feed of given values. */
export function integerFeed(type: "int32" | "int64", values: readonly number[], shape: readonly number[]): Feed {
  return { type, data: Float64Array.from(values), shape };
}

/** Greatest absolute difference of two arrays, divided by the greatest absolute value of the second (1 at least). */
export function relativeDistance(found: ReferenceArray, wanted: ReferenceArray): number {
  if (found.data.length !== wanted.data.length) return Infinity;
  const scale = wanted.data.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 1);
  return (
    found.data.reduce((worst, value, index) => {
      const distance = Math.abs(value - (wanted.data[index] ?? Number.NaN));
      return Number.isNaN(distance) ? Infinity : Math.max(worst, distance);
    }, 0) / scale
  );
}

function runtimeTensor({ type, data, shape }: Feed): RuntimeTensor {
  if (type === "float32") return new RuntimeTensor(type, Float32Array.from(data), shape);
  if (type === "int32") return new RuntimeTensor(type, Int32Array.from(data), shape);
  if (type === "int64") return new RuntimeTensor(type, BigInt64Array.from(data, BigInt), shape);
  return new RuntimeTensor(type, Uint8Array.from(data), shape);
}
