import { onnxC } from "@millrace/execution/onnx_c";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { type AdamWState, openAdamW } from "./adamw.ts";

const executor = onnxC();
afterAll(() => executor.close());

const SETTINGS = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };

function newState(parameters: ArrayLike<number>): AdamWState {
  const zeros = (): Float32Array => new Float32Array(parameters.length);
  return { parameters: Float32Array.from(parameters), firstMoments: zeros(), secondMoments: zeros() };
}

/** Algorithm 2 of the paper, in float64, one element at a time. */
function reference(
  parameter: number,
  gradients: readonly number[],
  learningRate: number,
  decay: number,
): { parameter: number; m: number; v: number } {
  let [m, v] = [0, 0];
  gradients.forEach((g, index) => {
    m = SETTINGS.beta1 * m + (1 - SETTINGS.beta1) * g;
    v = SETTINGS.beta2 * v + (1 - SETTINGS.beta2) * g * g;
    const mHat = m / (1 - SETTINGS.beta1 ** (index + 1));
    const vHat = v / (1 - SETTINGS.beta2 ** (index + 1));
    parameter -= learningRate * (mHat / (Math.sqrt(vHat) + SETTINGS.epsilon) + decay * parameter);
  });
  return { parameter, m, v };
}

const number = fc.double({ min: -4, max: 4, noNaN: true }).map(Math.fround);

test("openAdamW() follows the paper's algorithm in float64 to within float32 rounding", async () => {
  const columns = fc.array(fc.tuple(number, fc.array(number, { minLength: 5, maxLength: 5 })), {
    minLength: 1,
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(columns, fc.constantFrom(0, 0.1), async (elements, decay) => {
      const state = newState(elements.map(([parameter]) => parameter));
      const decays = new Float32Array(elements.length).fill(decay);
      const optimiser = await openAdamW(executor, SETTINGS, decays, 1);
      for (let step = 0; step < 5; step++) {
        // The graph is given twice the gradient and the factor that undoes it.
        const gradient = Float32Array.from(elements, ([, gradients]) => 2 * gradients[step]!);
        await optimiser.apply(state, gradient, { step, learningRate: 0.01, gradientScale: 0.5 });
      }
      await optimiser.release();
      elements.forEach(([parameter, gradients], i) => {
        const wanted = reference(parameter, gradients, 0.01, decay);
        expect(Math.abs(state.parameters[i]! - wanted.parameter)).toBeLessThan(5e-6);
        expect(Math.abs(state.firstMoments[i]! - wanted.m)).toBeLessThan(5e-6);
        expect(Math.abs(state.secondMoments[i]! - wanted.v)).toBeLessThan(5e-6);
      });
    }),
    { numRuns: 30 },
  );
});

test("openAdamW() decays only the elements that are to decay", async () => {
  const state = newState([2, 2]);
  const optimiser = await openAdamW(executor, SETTINGS, Float32Array.of(0.5, 0), 1);
  await optimiser.apply(state, new Float32Array(2), { step: 0, learningRate: 0.1, gradientScale: 1 });
  expect([...state.parameters]).toEqual([Math.fround(1.9), 2]);
  await optimiser.release();
});

test("openAdamW() gives the same bits for an element wherever it lies and however many stretches run at once", async () => {
  const length = 300_001;
  const period = 977;
  const wave = (i: number): number => Math.sin(i % period);
  const states = [];
  for (const concurrency of [1, 3]) {
    const state = newState(Float32Array.from({ length }, (_, i) => wave(i)));
    const gradient = Float32Array.from({ length }, (_, i) => wave(i + 1));
    const optimiser = await openAdamW(executor, SETTINGS, new Float32Array(length).fill(0.1), concurrency);
    for (let step = 0; step < 3; step++) {
      await optimiser.apply(state, gradient, { step, learningRate: 0.01, gradientScale: 0.7 });
    }
    await optimiser.release();
    states.push(state);
  }
  const [one, three] = states as [AdamWState, AdamWState];
  expect(Buffer.compare(Buffer.from(one.parameters.buffer), Buffer.from(three.parameters.buffer))).toBe(0);
  const unlike = one.parameters.findIndex((value, i) => value !== one.parameters[i % period]);
  expect(unlike).toBe(-1);
});
