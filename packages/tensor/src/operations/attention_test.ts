import { describe, expect, test } from "vitest";
import { gradients } from "../gradient.ts";
import { input } from "../graph.ts";
import { onnxModel } from "../onnx.ts";
import { evaluate } from "../reference/evaluate.ts";
import { type Feed, randomFeed, relativeDistance, runModel } from "../testing/run_model.ts";
import { causalAttention } from "./attention.ts";
import { mul } from "./elementwise.ts";
import { slice } from "./layout.ts";
import { reduceSum } from "./reduction.ts";

const [BATCH, LENGTH, HEADS, WIDTH] = [2, 5, 3, 8];
const joint = input("joint", "float32", [BATCH, LENGTH, 3 * HEADS * WIDTH]);
const weights = input("weights", "float32", [BATCH, LENGTH, HEADS * WIDTH]);
const mixed = causalAttention(joint, HEADS, 0.4);
const loss = reduceSum(mul(mixed, weights), [0, 1, 2]);
const feeds: Readonly<Record<"joint" | "weights", Feed>> = {
  joint: randomFeed(joint.shape as number[], 1),
  weights: randomFeed(weights.shape as number[], 2),
};

describe("causalAttention()", () => {
  test("causalAttention() of the runtime is what its definition says, and so is its gradient", async () => {
    const outputs = { mixed, gradient: gradients(loss, [joint])[0]! };
    const found = await runModel(onnxModel({ name: "attention", inputs: [joint, weights], outputs }), feeds);
    const wanted = evaluate(Object.values(outputs), feeds);
    Object.keys(outputs).forEach((name, index) => {
      expect(relativeDistance(found[name]!, wanted[index]!)).toBeLessThan(2e-6);
    });
  });

  test("causalAttention() lets no token see a later one, however large its score", async () => {
    const data = feeds.joint.data.slice();
    data.fill(300, data.length - 3 * HEADS * WIDTH);
    const model = onnxModel({ name: "attention", inputs: [joint], outputs: { mixed } });
    const [before, after] = [
      await runModel(model, { joint: feeds.joint }),
      await runModel(model, { joint: { ...feeds.joint, data } }),
    ];
    const seen = (BATCH * LENGTH - 1) * HEADS * WIDTH;
    expect(after["mixed"]!.data.subarray(0, seen)).toEqual(before["mixed"]!.data.subarray(0, seen));
  });

  test("causalAttention() refuses heads that its kernel does not take, and dialects that lack it", () => {
    expect(() => causalAttention(input("x", "float32", [1, 2, 36]), 3, 1)).toThrow("K a multiple of 8");
    expect(() => onnxModel({ name: "x", inputs: [joint], outputs: { mixed }, dialect: "standard" })).toThrow(
      "the standard operators do not have",
    );
  });
});

test("slice() is what the runtime makes of it", async () => {
  const part = slice(joint, -1, 8, 16);
  const found = await runModel(onnxModel({ name: "slice", inputs: [joint], outputs: { part } }), {
    joint: feeds.joint,
  });
  expect(found["part"]).toEqual(evaluate([part], feeds)[0]);
});
