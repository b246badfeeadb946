import { input, mul, onnxModel } from "@millrace/tensor";
import { differentiableCases, otherCases } from "@millrace/tensor/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Executor } from "../mod.ts";
import { executorContract } from "../testing/executor_contract.ts";
import { gradientDistance, operationDistance } from "../testing/reference_distance.ts";
import { useSoftwareDevice } from "../testing/software_device.ts";
import { WITHOUT_KERNELS } from "../testing/without_kernels.ts";
import { onnxWebGpu, webGpuAdapter } from "./onnx_webgpu.ts";

const skip = useSoftwareDevice();

executorContract("onnxWebGpu()", onnxWebGpu, skip);

describe.skipIf(skip !== undefined)("onnxWebGpu()", () => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await onnxWebGpu();
  });
  afterAll(() => executor.close());

  for (const one of [...differentiableCases(), ...otherCases()]) {
    if (WITHOUT_KERNELS.has(one.name)) {
      test(`createSession() refuses what the provider has no kernel for: ${one.name}`, async () => {
        await expect(operationDistance(executor, one)).rejects.toThrow(
          "fallback to CPU EP has been explicitly disabled",
        );
      });
    } else {
      test(`run() computes what the reference does for ${one.name}, on the device alone`, async () => {
        // float32 against float64: a few units in the last place (6e-8 each).
        expect(await operationDistance(executor, one)).toBeLessThan(2e-6);
      });
    }
  }

  for (const one of differentiableCases()) {
    test(`run() computes the gradient that the reference does for ${one.name}, on the device alone`, async () => {
      expect(await gradientDistance(executor, one)).toBeLessThan(5e-6);
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
