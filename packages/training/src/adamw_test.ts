import { createVectorMemory } from "@millrace/collective";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openAdamW } from "./adamw.ts";
import type { Optimiser } from "./optimiser.ts";
import { hostVectors } from "./vector_space.ts";

const SETTINGS = { beta1: 0.9, beta2: 0.99 };
const EPSILON = 1e-8;

function open(decay: Float32Array): Promise<Optimiser> {
  return openAdamW(SETTINGS, { decay, vectors: hostVectors(createVectorMemory(), decay.length) });
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
    parameter -= learningRate * (mHat / (Math.sqrt(vHat) + EPSILON) + decay * parameter);
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
      const parameters = Float32Array.from(elements, ([parameter]) => parameter);
      const optimiser = await open(new Float32Array(elements.length).fill(decay));
      for (let step = 0; step < 5; step++) {
        // The graph is given twice the gradient and the factor that undoes it.
        const gradient = Float32Array.from(elements, ([, gradients]) => 2 * gradients[step]!);
        await optimiser.apply(parameters, gradient, { step, learningRate: 0.01, gradientScale: 0.5 });
      }
      await optimiser.release();
      elements.forEach(([parameter, gradients], i) => {
        const wanted = reference(parameter, gradients, 0.01, decay);
        const { firstMoments, secondMoments } = optimiser.memory;
        expect(Math.abs(parameters[i]! - wanted.parameter)).toBeLessThan(5e-6);
        expect(Math.abs(firstMoments![i]! - wanted.m)).toBeLessThan(5e-6);
        expect(Math.abs(secondMoments![i]! - wanted.v)).toBeLessThan(5e-6);
      });
    }),
    { numRuns: 30 },
  );
});

test("openAdamW() decays only the elements that are to decay", async () => {
  const parameters = Float32Array.of(2, 2);
  const optimiser = await open(Float32Array.of(0.5, 0));
  await optimiser.apply(parameters, new Float32Array(2), { step: 0, learningRate: 0.1, gradientScale: 1 });
  expect([...parameters]).toEqual([Math.fround(1.9), 2]);
  await optimiser.release();
});
