import { input, matmul, onnxModel } from "@millrace/tensor";
import type { TensorView } from "../mod.ts";

/** An uneven series in [-1, 1) that differs by seed. */
function series(length: number, seed: number): Float32Array {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = Math.imul(i + seed, 0x9e3779b1) / 2 ** 31;
  return values;
}

/** A product of (rows, inner) and (inner, columns), with feeds and room for the result. */
export function product(
  rows: number,
  inner: number,
  columns: number,
): { model: Uint8Array; feeds: Record<string, TensorView>; result: () => TensorView } {
  const a = input("a", "float32", [rows, inner]);
  const b = input("b", "float32", [inner, columns]);
  return {
    model: onnxModel({ name: "product", inputs: [a, b], outputs: { c: matmul(a, b) } }),
    feeds: {
      a: { data: series(rows * inner, 1), shape: [rows, inner] },
      b: { data: series(inner * columns, 2), shape: [inner, columns] },
    },
    result: () => ({ data: new Float32Array(rows * columns), shape: [rows, columns] }),
  };
}
