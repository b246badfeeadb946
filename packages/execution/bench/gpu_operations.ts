/**
 * How far a graphics card is from the reference in float64: the greatest relative distance over the examples of all operations that models
 * are made of, and over their gradients. Skipped with a reason where there is no card.
 */
import type { Figure } from "@millrace/benchmark";
import { differentiableCases, type OperationCase, otherCases } from "@millrace/tensor/testing";
import { onnxWebGpu, webGpuAdapter } from "../src/adapters/onnx_webgpu.ts";
import { WITHOUT_KERNELS } from "../src/testing/without_kernels.ts";
import { gradientDistance, operationDistance } from "../src/testing/reference_distance.ts";

/** Measures, if there is a card. */
export async function* run(): AsyncIterable<Figure> {
  const adapter = webGpuAdapter();
  if (!adapter?.isHardware) {
    console.error(`gpu/operations: skipped, for there is no graphics card here (${adapter?.name ?? "no Vulkan"})`);
    return;
  }
  const executor = await onnxWebGpu();
  const greatest = async (
    name: string,
    cases: readonly OperationCase[],
    distanceOf: typeof operationDistance,
    limit: number,
  ): Promise<Figure> => {
    let [value, worst] = [0, ""];
    for (const one of cases) {
      const distance = await distanceOf(executor, one);
      if (distance > value) [value, worst] = [distance, one.name];
    }
    const configuration = { card: adapter.name, examples: cases.length, worst };
    const beside = { peer: `the limit of the tests, ${limit}`, ratio: value / limit };
    return { name: `gpu/operations/${name}`, configuration, value, spread: 0, unit: "relative", ...beside };
  };
  try {
    const differentiable = differentiableCases();
    const all = [...differentiable, ...otherCases()].filter(({ name }) => !WITHOUT_KERNELS.has(name));
    yield await greatest("results", all, operationDistance, 2e-6);
    yield await greatest("gradients", differentiable, gradientDistance, 5e-6);
  } finally {
    await executor.close();
  }
}
