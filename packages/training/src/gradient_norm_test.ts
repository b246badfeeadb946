import { createVectorMemory } from "@millrace/collective";
import { parameterLayout } from "@millrace/transformer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { blocksOf, openSquareSums, sumOfBlocks } from "./gradient_norm.ts";

const vectorMemory = createVectorMemory();
const sums = openSquareSums(vectorMemory);
const parameter = (size: number, offset = 0) => ({ name: "weight", shape: [size], offset, size, frozen: false });
const squares = (vector: Float32Array): number => sums.ofAll([parameter(vector.length)], vector);

test("ofAll() equals the plain sum to within rounding for any length", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200_000 }), (length) => {
      const vector = Float32Array.from({ length }, (_, i) => Math.sin(i));
      let plain = 0;
      for (const value of vector) plain += value * value;
      expect(squares(vector)).toBeCloseTo(plain, 6);
    }),
    { numRuns: 20 },
  );
});

test("ofAll() adds blocks along the tree, not one after another", () => {
  // Five blocks with one value each: ((a + b) + (c + d)) + e, where the order shows in the last bits.
  const values = [1, 3e-9, 1e-9, 2e-9, 1.1].map((square) => Math.fround(Math.sqrt(square)));
  const vector = new Float32Array(5 * 65_536);
  values.forEach((value, block) => (vector[block * 65_536 + 7] = value));
  const [a, b, c, d, e] = values.map((value) => value * value) as [number, number, number, number, number];
  expect(squares(vector)).toBe(a + b + (c + d) + e);
});

test("ofBlocks() gives a parameter's blocks the same sums wherever it lies", () => {
  const config = {
    architecture: "gpt2",
    vocabularySize: 700,
    contextLength: 8,
    layers: 1,
    heads: 1,
    width: 100,
  } as const;
  const layout = parameterLayout(config);
  const blocks = blocksOf(layout);
  expect(blocks.filter(({ name }) => name === "transformer.wte.weight").map(({ start, end }) => end - start)).toEqual([
    65_536,
    70_000 - 65_536,
  ]);
  const vector = Float32Array.from({ length: layout.at(-1)!.offset + 70_000 }, (_, i) => Math.cos(i));
  const found = sums.ofBlocks(blocks, vector);
  const apart = layout.flatMap(({ offset, size }) => [
    ...sums.ofBlocks(blocksOf([parameter(size)]), vector.subarray(offset, offset + size)),
  ]);
  expect([...found]).toEqual(apart);
  expect(sums.ofAll(layout, vector)).toBe(sumOfBlocks(found));
});

test("ofAll() is not finite when an element is not", () => {
  expect(squares(Float32Array.of(1, NaN))).toBeNaN();
  expect(squares(Float32Array.of(1, -Infinity))).toBe(Infinity);
});

test("ofBlocks() adds every fourth element together in float64, what is left over with the first, wherever the vector lies", () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 70 }),
      (values) => {
        const lanes = [0, 0, 0, 0];
        const whole = values.length - (values.length % 4);
        values.forEach((value, i) => (lanes[i < whole ? i % 4 : 0]! += value * value));
        const [a, b, c, d] = lanes as [number, number, number, number];
        const here = vectorMemory.take(values.length);
        here.set(values);
        for (const vector of [here, Float32Array.from(values)]) {
          expect(sums.ofBlocks(blocksOf([parameter(values.length)]), vector)).toEqual(Float64Array.of(a + b + (c + d)));
        }
      },
    ),
  );
});
