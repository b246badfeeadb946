import { createVectorMemory } from "@millrace/collective";
import { expect, test } from "vitest";
import { openMovingAverage } from "./moving_average.ts";
import { hostVectors } from "./vector_space.ts";

test("openMovingAverage() follows the formula in float64 to within float32 rounding, faster at first", async () => {
  const average = await openMovingAverage(hostVectors(createVectorMemory(), 3), 0.7, Float32Array.of(1, -2, 0));
  const wanted = [1, -2, 0];
  for (let step = 0; step < 40; step++) {
    const parameters = Float32Array.from(wanted, (_, i) => Math.sin(step + i));
    await average.update(parameters, step);
    const stays = Math.min(0.7, (1 + step + 1) / (10 + step + 1));
    parameters.forEach((value, i) => (wanted[i] = stays * wanted[i]! + (1 - stays) * value));
    average.averages.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThan(1e-6));
  }
  await average.release();
});

test("openMovingAverage() leaves an average of equal weights as it is, to the bit", async () => {
  const average = await openMovingAverage(hostVectors(createVectorMemory(), 2), 0.999, Float32Array.of(0.1, 1 / 3));
  for (let step = 0; step < 10; step++) await average.update(Float32Array.of(0.1, 1 / 3), step);
  expect(average.averages).toEqual(Float32Array.of(0.1, 1 / 3));
  await average.release();
});
