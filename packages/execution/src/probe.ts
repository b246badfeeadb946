import {
  exp,
  gelu,
  input,
  layerNormalization,
  matmul,
  onnxModel,
  reduceSum,
  softmax,
  type Tensor,
} from "@millrace/tensor";
import type { Executor, TensorView } from "./executor.ts";

/** Products (rows, inner, columns) at which kernels of different processor classes and thread counts were seen to differ. */
const PRODUCTS = [
  [64, 384, 128],
  [64, 768, 65],
  [64, 2048, 65],
  [96, 128, 384],
  [33, 257, 31],
] as const;
const ROWS = 48;
const COLUMNS = 200;

/**
 * Runs a fixed graph on fixed numbers with one thread and hashes what comes out: matrix products, and the functions whose
 * approximations differ between kernels. Two executors with equal probes compute training steps alike.
 * @returns SHA-256 in hex.
 */
export async function probe(executor: Executor): Promise<string> {
  const feeds: Record<string, TensorView> = {};
  const inputs: Tensor[] = [];
  const declare = (name: string, shape: readonly number[]): Tensor => {
    const length = shape.reduce((product, size) => product * size, 1);
    feeds[name] = { data: numbers(length, inputs.length), shape };
    const tensor = input(name, "float32", shape);
    inputs.push(tensor);
    return tensor;
  };
  const outputs: Record<string, Tensor> = {};
  for (const [rows, inner, columns] of PRODUCTS) {
    const name = `${rows}x${inner}x${columns}`;
    outputs[name] = matmul(declare(`a${name}`, [rows, inner]), declare(`b${name}`, [inner, columns]));
  }
  const x = declare("x", [ROWS, COLUMNS]);
  const scale = declare("scale", [COLUMNS]);
  outputs.softmax = softmax(x);
  outputs.gelu = gelu(x);
  outputs.exp = exp(x);
  outputs.layerNormalization = layerNormalization(x, scale, scale);
  outputs.sum = reduceSum(x, [0]);

  const session = await executor.createSession(onnxModel({ name: "probe", inputs, outputs }), { threads: 1 });
  try {
    const results = session.outputs.map(
      ({ shape }) => new Float32Array(shape.reduce((product, size) => product * size)),
    );
    const fetches = session.outputs.map(({ name, shape }, index) => [name, { data: results[index]!, shape }] as const);
    await session.run(feeds, Object.fromEntries(fetches));
    return await sha256(results);
  } finally {
    await session.release();
  }
}

/** Numbers in [-1, 1), the same everywhere. @see Knuth, "The Art of Computer Programming", volume 2, 3.2.1 (mixed congruential method). */
function numbers(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  });
}

async function sha256(arrays: readonly Float32Array[]): Promise<string> {
  const bytes = await new Blob(arrays.map((array) => new Uint8Array(array.buffer as ArrayBuffer))).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
