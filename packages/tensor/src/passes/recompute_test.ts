import { describe, expect, test } from "vitest";
import { gradients } from "../gradient.ts";
import { input, type Tensor } from "../graph.ts";
import { onnxModel } from "../onnx.ts";
import { cast, exp, mul, tanh } from "../operations/elementwise.ts";
import { matmul } from "../operations/matrix.ts";
import { reduceSum } from "../operations/reduction.ts";
import { evaluate } from "../reference/evaluate.ts";
import { integerFeed, randomFeed, runModel, type Feed } from "../testing/run_model.ts";
import { heldBytes } from "./recompute.ts";

const SIZE = 6;
const SHAPE = [SIZE, SIZE];
const LAYERS = 4;

/** Layers of a product, a hyperbolic tangent and a mask that is made of what is drawn. */
function program(): { inputs: Tensor[]; weights: Tensor[]; draw: Tensor; boundaries: Tensor[]; loss: Tensor } {
  const weights = Array.from({ length: LAYERS }, (_, layer) => input(`w${layer}`, "float32", SHAPE));
  const draw = input("draw", "int32", [SIZE]);
  const x = input("x", "float32", SHAPE);
  const boundaries = [tanh(x)];
  for (const weight of weights) {
    const mask = mul(exp(cast(draw, "float32")), tanh(cast(draw, "float32")));
    boundaries.push(mul(tanh(mul(matmul(boundaries.at(-1)!, weight), mask)), mask));
  }
  return { inputs: [x, draw, ...weights], weights, draw, boundaries, loss: reduceSum(boundaries.at(-1)!, [0, 1]) };
}

const FEEDS: Readonly<Record<string, Feed>> = {
  x: randomFeed(SHAPE, 1),
  draw: integerFeed("int32", [0, 1, -1, 2, 1, 0], [SIZE]),
  ...Object.fromEntries(Array.from({ length: LAYERS }, (_, layer) => [`w${layer}`, randomFeed(SHAPE, 2 + layer)])),
};

describe("gradients() with recomputation", () => {
  const { inputs, weights, draw, boundaries, loss } = program();
  const kept = gradients(loss, weights);
  const again = gradients(loss, weights, { boundaries, sources: [draw] });

  test("gradients() come out the same to the bit, in the reference and on ONNX Runtime", async () => {
    expect(evaluate(again, FEEDS)).toEqual(evaluate(kept, FEEDS));
    const [found, wanted] = [again, kept].map((list) => {
      const outputs = Object.fromEntries(list.map((tensor, index) => [`g${index}`, tensor]));
      return onnxModel({ name: "g", inputs, outputs });
    });
    expect(await runModel(found!, FEEDS)).toEqual(await runModel(wanted!, FEEDS));
  });

  test("gradients() hold boundaries and the last segment's end, and nothing between", () => {
    const matrix = 4 * SIZE * SIZE;
    const row = 4 * SIZE;
    // Without: of each layer its operand, its hyperbolic tangent and its mask.
    expect(heldBytes(loss, kept)).toBe(LAYERS * (2 * matrix + row));
    expect(heldBytes(loss, again)).toBeLessThanOrEqual((LAYERS + 1) * matrix);
  });

  test("gradients() leave a value alone that a later segment reads without its being a boundary", () => {
    const skipping = mul(loss, reduceSum(mul(boundaries[1]!, boundaries[1]!), [0, 1]));
    const only = { boundaries: [boundaries[2]!, boundaries[3]!], sources: [] };
    expect(evaluate(gradients(skipping, weights, only), FEEDS)).toEqual(evaluate(gradients(skipping, weights), FEEDS));
  });
});
