import { readFile } from "node:fs/promises";
import { createVectorMemory } from "@millrace/collective";
import { onnxC } from "@millrace/execution/onnx_c";
import { type ModelConfig, parameterLayout, parameterVectorSize } from "@millrace/transformer";
import { afterAll, describe, expect, test } from "vitest";
import { openOptimiser } from "./open_optimiser.ts";
import type { Optimiser } from "./optimiser.ts";
import { decayOfElements } from "./parameter_group.ts";
import { tinyOptions } from "./testing/tiny_run.ts";
import type { OptimiserChoice, TrainingConfig } from "./training_config.ts";
import { hostVectors } from "./vector_space.ts";

const executor = onnxC();
afterAll(() => executor.close());

interface Golden {
  /** Parameters after three steps, by optimiser and name. */
  readonly optimisers: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}
const file = new URL("testdata/optimiser_golden.json", import.meta.url);
const golden = JSON.parse(await readFile(file, "utf8")) as Golden;

const config: ModelConfig = {
  architecture: "gpt2",
  vocabularySize: 5,
  contextLength: 4,
  layers: 1,
  heads: 1,
  width: 6,
};
const layout = parameterLayout(config);
const size = parameterVectorSize(config);
const LEARNING_RATES = [0.02, 0.01, 0.005];

/** As `values` of make_optimiser_golden.py, for all parameters. */
function flatValues(seedOf: (index: number) => number): Float32Array {
  const flat = new Float32Array(size);
  layout.forEach((parameter, index) => {
    for (let i = 0; i < parameter.size; i++) {
      flat[parameter.offset + i] = (((i * 7919 + seedOf(index) * 104_729) % 2001) - 1000) / 1000;
    }
  });
  return flat;
}

function open(optimiser?: OptimiserChoice, concurrency = 1): Promise<Optimiser> {
  const training: TrainingConfig = { ...tinyOptions(executor).training, ...(optimiser && { optimiser }) };
  const decay = decayOfElements(layout, new Float32Array(size), 0.1);
  return openOptimiser(training, {
    executor,
    layout,
    decay,
    vectors: hostVectors(createVectorMemory(), size),
    concurrency,
  });
}

async function trained(optimiser: Optimiser): Promise<Float32Array> {
  const parameters = flatValues((index) => 10 * index);
  for (const [step, learningRate] of LEARNING_RATES.entries()) {
    // Twice the gradient, and the factor that undoes it.
    const gradient = flatValues((index) => 10 * index + step + 1).map((value) => 2 * value);
    await optimiser.apply(parameters, gradient, { step, learningRate, gradientScale: 0.5 });
  }
  return parameters;
}

/** What the first step of Muon, at a learning rate of one, makes of a hidden matrix of zeros. */
async function moved(scale: number): Promise<Float32Array> {
  const optimiser = await open({ name: "muon", momentum: 0.95, nesterov: true });
  const parameters = new Float32Array(size);
  const gradient = flatValues((index) => index).map((value) => scale * value);
  await optimiser.apply(parameters, gradient, { step: 0, learningRate: 1, gradientScale: 1 });
  await optimiser.release();
  const { offset, size: length } = layout.find(({ name }) => name.endsWith("mlp.c_fc.weight"))!;
  return parameters.subarray(offset, offset + length);
}

describe("openOptimiser()", () => {
  // Five iterations multiply float32's rounding; the other optimisers are within a few of its units.
  test.each<[string, OptimiserChoice | undefined, number]>([
    ["adamw", undefined, 1e-6],
    ["sgd", { name: "sgd", momentum: 0.9, nesterov: false }, 1e-6],
    ["sgd without momentum", { name: "sgd", momentum: 0, nesterov: false }, 1e-6],
    ["sgd nesterov", { name: "sgd", momentum: 0.9, nesterov: true }, 1e-6],
    ["muon", { name: "muon", momentum: 0.95, nesterov: true }, 1e-5],
    ["muon without nesterov", { name: "muon", momentum: 0.95, nesterov: false }, 1e-5],
  ])("openOptimiser() makes the steps of PyTorch's %s", async (name, choice, tolerance) => {
    const optimiser = await open(choice);
    const parameters = await trained(optimiser);
    await optimiser.release();
    for (const { name: parameter, offset, size: length } of layout) {
      const wanted = golden.optimisers[name]![parameter]!;
      const found = [...parameters.subarray(offset, offset + length)];
      const worst = Math.max(...found.map((value, i) => Math.abs(value - wanted[i]!)));
      expect(wanted, parameter).toHaveLength(length);
      expect(worst, parameter).toBeLessThan(tolerance);
    }
  });

  test.each<OptimiserChoice>([
    { name: "sgd", momentum: 0.9, nesterov: true },
    { name: "muon", momentum: 0.95, nesterov: true },
  ])("openOptimiser() gives the same bits however much of $name is under way at once", async (choice) => {
    const [one, three] = [await open(choice, 1), await open(choice, 3)];
    expect(await trained(three)).toEqual(await trained(one));
    expect(three.memory).toEqual(one.memory);
    await Promise.all([one.release(), three.release()]);
  });

  test("openOptimiser() keeps gaps between parameters zero with Muon", async () => {
    const optimiser = await open({ name: "muon", momentum: 0.95, nesterov: true });
    const vectors = [await trained(optimiser), ...Object.values(optimiser.memory)];
    await optimiser.release();
    layout.forEach(({ offset, size: length }, index) => {
      const end = layout[index + 1]?.offset ?? size;
      for (const vector of vectors)
        expect(vector.subarray(offset + length, end).every((value) => value === 0)).toBe(true);
    });
  });

  test("openOptimiser() gives Muon's hidden matrices updates of a like size whatever their gradients' size", async () => {
    const [small, large] = [await moved(1), await moved(1000)];
    small.forEach((value, i) => expect(large[i]).toBeCloseTo(value, 3));
    const rms = Math.sqrt(small.reduce((sum, value) => sum + value * value, 0) / small.length);
    // The iteration brings singular values to between 0.7 and 1.2, not to one.
    expect(rms).toBeGreaterThan(0.14);
    expect(rms).toBeLessThan(0.24);
  });
});
