import { gradients, input, mul, onnxModel, reduceSum, type Tensor } from "@millrace/tensor";
import {
  differentiableCases,
  evaluate,
  type Feed,
  type OperationCase,
  otherCases,
  randomFeed,
  relativeDistance,
} from "@millrace/tensor/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Executor, TensorView } from "../mod.ts";
import { executorContract } from "../testing/executor_contract.ts";
import { useSoftwareDevice } from "../testing/software_device.ts";
import { onnxWebGpu, webGpuAdapter } from "./onnx_webgpu.ts";

const skip = useSoftwareDevice();

executorContract("onnxWebGpu()", onnxWebGpu, skip);

/** Integer operations of serving and of dropout, for which the provider has no kernels on 32 and 64 bits; training without dropout has none of them. */
const WITHOUT_KERNELS = new Set([
  "32-bit integers that wrap, and their bits",
  "bitwiseXor of signed integers",
  "cast",
  "range up to a run-time extent",
]);

const ARRAYS = {
  float32: (data: Float64Array) => Float32Array.from(data),
  int32: (data: Float64Array) => Int32Array.from(data),
  int64: (data: Float64Array) => BigInt64Array.from(data, BigInt),
};

function viewOf({ type, data, shape }: Feed): TensorView {
  if (type !== "float32" && type !== "int32" && type !== "int64") throw new TypeError(`no feed of ${type}`);
  return { data: ARRAYS[type](data), shape };
}

describe.skipIf(skip !== undefined)("onnxWebGpu()", () => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await onnxWebGpu();
  });
  afterAll(() => executor.close());

  /** Greatest distance of what the device computes from the reference in float64. */
  async function distance(
    { inputs, feeds }: OperationCase,
    outputs: Readonly<Record<string, Tensor>>,
  ): Promise<number> {
    const model = onnxModel({ name: "test", inputs, outputs, dialect: executor.dialect });
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

  for (const one of [...differentiableCases(), ...otherCases()]) {
    if (WITHOUT_KERNELS.has(one.name)) {
      test(`createSession() refuses what the provider has no kernel for: ${one.name}`, async () => {
        await expect(distance(one, { y: one.output })).rejects.toThrow(
          "fallback to CPU EP has been explicitly disabled",
        );
      });
    } else {
      test(`run() computes what the reference does for ${one.name}, on the device alone`, async () => {
        // float32 against float64: a few units in the last place (6e-8 each).
        expect(await distance(one, { y: one.output })).toBeLessThan(2e-6);
      });
    }
  }

  for (const one of differentiableCases()) {
    test(`run() computes the gradient that the reference does for ${one.name}, on the device alone`, async () => {
      const shape = one.output.shape as readonly number[];
      const weights = input("weights", "float32", shape);
      const loss = reduceSum(
        mul(one.output, weights),
        shape.map((_, axis) => axis),
      );
      const outputs = Object.fromEntries(
        gradients(loss, one.inputs).map((tensor, index) => [`gradient${index}`, tensor]),
      );
      const inputs = [...one.inputs, weights];
      const feeds = { ...one.feeds, weights: randomFeed(shape, 5) };
      expect(await distance({ ...one, inputs, feeds }, outputs)).toBeLessThan(5e-6);
    });
  }

  test("run() rejects with the device's words when there is no room for a tensor", async () => {
    const x = input("x", "float32", [1]);
    const huge = input("huge", "float32", [2 ** 30]);
    const model = onnxModel({ name: "huge", inputs: [x, huge], outputs: { y: mul(huge, x) }, dialect: "webgpu" });
    const session = await executor.createSession(model, { threads: 1 });
    const one = { data: Float32Array.of(1), shape: [1] };
    const attempt = (async () => {
      const [from, to] = [await executor.allocate("float32", [2 ** 30]), await executor.allocate("float32", [2 ** 30])];
      await session.run({ x: one, huge: from }, { y: to });
    })();
    await expect(attempt).rejects.toThrow(/buffer|size/i);
  });

  test("webGpuAdapter() tells a program that computes on the processor from a card", () => {
    expect(webGpuAdapter()).toMatchObject({
      isHardware: false,
      name: expect.stringContaining("SwiftShader") as string,
    });
  });
});
