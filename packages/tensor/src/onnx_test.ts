import { describe, expect, test } from "vitest";
import { gradients } from "./gradient.ts";
import { constant, input } from "./graph.ts";
import { onnxModel } from "./onnx.ts";
import { add, mul } from "./operations/elementwise.ts";
import { reduceSum } from "./operations/reduction.ts";
import { evaluate } from "./reference/evaluate.ts";
import { differentiableCases, otherCases } from "./testing/operation_cases.ts";
import { randomFeed, relativeDistance, runModel } from "./testing/run_model.ts";

function smallModel(): Uint8Array {
  const x = input("x", "float32", [2, 2]);
  return onnxModel({ name: "test", inputs: [x], outputs: { y: add(mul(x, x), x) } });
}

describe("onnxModel()", () => {
  for (const dialect of ["onnxruntime", "standard"] as const) {
    for (const { name, inputs, feeds, output } of [...differentiableCases(), ...otherCases()]) {
      test(`onnxModel() in the ${dialect} dialect computes what the reference does for ${name}`, async () => {
        const results = await runModel(onnxModel({ name: "test", inputs, outputs: { y: output }, dialect }), feeds);
        const [wanted] = evaluate([output], feeds);
        if (wanted === undefined || results["y"] === undefined) throw new Error("the output is missing");
        expect(results["y"].shape).toEqual(wanted.shape);
        // float32 against float64: a few units in the last place (6e-8 each).
        expect(relativeDistance(results["y"], wanted)).toBeLessThan(2e-6);
      });
    }
  }

  for (const { name, inputs, feeds, output } of differentiableCases()) {
    test(`onnxModel() computes the gradient that the reference does for ${name}`, async () => {
      const shape = output.shape as readonly number[];
      const weights = input("weights", "float32", shape);
      const loss = reduceSum(
        mul(output, weights),
        shape.map((_, axis) => axis),
      );
      const tensors = gradients(loss, inputs);
      const allFeeds = { ...feeds, weights: randomFeed(shape, 5) };
      const outputs = Object.fromEntries(tensors.map((tensor, index) => [`gradient${index}`, tensor]));
      const results = await runModel(onnxModel({ name: "test", inputs: [...inputs, weights], outputs }), allFeeds);
      evaluate(tensors, allFeeds).forEach((wanted, index) => {
        const found = results[`gradient${index}`];
        expect(found === undefined ? Infinity : relativeDistance(found, wanted)).toBeLessThan(5e-6);
      });
    });
  }

  test("onnxModel() gives the same bytes for the same program", () => {
    expect(smallModel()).toEqual(smallModel());
  });

  test("onnxModel() gives one value under two output names, and passes an input through", async () => {
    const x = input("x", "float32", [2]);
    const y = add(x, x);
    const feeds = { x: randomFeed([2], 1) };
    const results = await runModel(
      onnxModel({ name: "test", inputs: [x], outputs: { first: y, second: y, same: x } }),
      feeds,
    );
    expect(results["second"]).toEqual(results["first"]);
    expect(results["same"]?.data).toEqual(feeds.x.data);
  });

  test("onnxModel() accepts inputs that the outputs do not need", async () => {
    const x = input("x", "float32", [2]);
    const spare = input("spare", "float32", [2]);
    const feeds = { x: randomFeed([2], 1), spare: randomFeed([2], 2) };
    const results = await runModel(onnxModel({ name: "test", inputs: [x, spare], outputs: { y: add(x, x) } }), feeds);
    expect(results["y"]?.data).toEqual(feeds.x.data.map((value) => value * 2));
  });

  test("onnxModel() keeps the names of constants and takes symbolic extents at run time", async () => {
    const x = input("x", "float32", ["batch", 2]);
    const weight = constant(Float32Array.of(1, 2), [2], "weight");
    const model = onnxModel({ name: "test", inputs: [x], outputs: { y: mul(x, weight) } });
    expect(new TextDecoder("latin1").decode(model)).toContain("weight");
    const results = await runModel(model, { x: randomFeed([3, 2], 1) });
    expect(results["y"]?.shape).toEqual([3, 2]);
  });

  test("onnxModel() refuses an input that is needed but not listed", () => {
    const x = input("x", "float32", [2]);
    expect(() => onnxModel({ name: "test", inputs: [], outputs: { y: add(x, x) } })).toThrow(
      '"x", which is not listed',
    );
  });

  test("onnxModel() refuses two values of one name", () => {
    const x = input("x", "float32", [2]);
    expect(() => onnxModel({ name: "test", inputs: [x], outputs: { x: add(x, x) } })).toThrow('two values named "x"');
  });
});
