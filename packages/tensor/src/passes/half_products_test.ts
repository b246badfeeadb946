import { describe, expect, test } from "vitest";
import { input, scalar, type Tensor, topologicalOrder } from "../graph.ts";
import { gradients } from "../gradient.ts";
import { type Dialect, onnxModel } from "../onnx.ts";
import { add, mul, tanh } from "../operations/elementwise.ts";
import { gemm, matmul, productOptions } from "../operations/matrix.ts";
import { layerNormalization } from "../operations/normalization.ts";
import { reduceSum } from "../operations/reduction.ts";
import { evaluate } from "../reference/evaluate.ts";
import { randomFeed, relativeDistance, runModel } from "../testing/run_model.ts";
import { halfProducts } from "./half_products.ts";

const a = input("a", "float32", [5, 16]);
const b = input("b", "float32", [16, 16]);
const bias = input("bias", "float32", [16]);
const INPUTS = [a, b, bias];
const FEEDS = { a: randomFeed([5, 16], 1), b: randomFeed([16, 16], 2), bias: randomFeed([16], 3) };

/** Two kinds of product, a norm between them, and their gradients. */
function program(): Tensor[] {
  const hidden = layerNormalization(tanh(gemm(a, b, bias)), bias, bias);
  const loss = reduceSum(mul(matmul(hidden, b, { transposeB: true, scale: 0.5 }), add(hidden, scalar(1))), [0, 1]);
  return [loss, ...gradients(loss, INPUTS)];
}

function model(outputs: readonly Tensor[], dialect: Dialect = "onnxruntime"): Uint8Array {
  return onnxModel({
    name: "half",
    dialect,
    inputs: INPUTS,
    outputs: Object.fromEntries(outputs.map((tensor, index) => [`y${index}`, tensor])),
  });
}

describe("halfProducts()", () => {
  test.each(["onnxruntime", "standard", "webgpu"] as const)(
    "halfProducts() gives on ONNX Runtime what the reference of the whole says, to 10 bits, and not to 20 (%s)",
    async (dialect) => {
      const exact = evaluate(program(), FEEDS);
      const found = await runModel(model(halfProducts(program()), dialect), FEEDS);
      const distances = exact.map((wanted, index) => relativeDistance(found[`y${index}`]!, wanted));
      expect(Math.max(...distances)).toBeLessThan(0.01);
      expect(Math.min(...distances)).toBeGreaterThan(1e-6);
    },
  );

  test("halfProducts() leaves no more terms to float16 than it may, and rounds all the same", async () => {
    const halves = halfProducts(program(), 5);
    const lengths = (type: string): Set<number> =>
      new Set(
        topologicalOrder(halves).flatMap((node) => {
          if (node.kind !== "operation" || (node.op !== "MatMul" && node.op !== "Gemm")) return [];
          const { transposeA } = productOptions(node.attributes);
          const [y] = node.outputs;
          return y?.type === type && y.shape.at(-1) !== 1
            ? [Number(node.inputs[0]?.shape.at(transposeA ? -2 : -1))]
            : [];
        }),
      );
    expect([...lengths("float16")]).toEqual([5]);
    expect([...lengths("float32")]).toEqual([16]);
    // On the processor all are added up in float32.
    expect(await runModel(model(halves), FEEDS)).toEqual(await runModel(model(halfProducts(program())), FEEDS));
  });

  test("halfProducts() rounds operands as the reference rounds them", () => {
    const [rounded] = halfProducts([matmul(a, b)]);
    const half = (feed: (typeof FEEDS)["a"]): (typeof FEEDS)["a"] => ({ ...feed, data: feed.data.map(Math.f16round) });
    const [found] = evaluate([rounded!], FEEDS);
    const [wanted] = evaluate([matmul(a, b)], { ...FEEDS, a: half(FEEDS.a), b: half(FEEDS.b) });
    expect(found).toEqual(wanted);
  });

  test("halfProducts() is infinite where float16 ends", async () => {
    const [rounded] = halfProducts([matmul(a, b)]);
    const feeds = { ...FEEDS, a: { ...FEEDS.a, data: FEEDS.a.data.map(() => 60_000) } };
    const { y0 } = await runModel(model([rounded!]), feeds);
    expect(y0?.data.some((value) => !Number.isFinite(value))).toBe(true);
  });

  test("halfProducts() leaves a graph without products alone", () => {
    const y = tanh(a);
    expect(halfProducts([y])).toEqual([y]);
  });
});
