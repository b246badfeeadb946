import { parameterLayout } from "@millrace/transformer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { blocksOf, squaresOf, sumOfBlocks, sumOfSquares } from "./gradient_norm.ts";

const parameter = (size: number, offset = 0) => ({ name: "weight", shape: [size], offset, size, frozen: false });
const squares = (vector: Float32Array): number => sumOfSquares([parameter(vector.length)], vector);

test("sumOfSquares() equals the plain sum to within rounding for any length", () => {
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

test("sumOfSquares() adds blocks along the tree, not one after another", () => {
  // Five blocks with one value each: ((a + b) + (c + d)) + e, where the order shows in the last bits.
  const values = [1, 3e-9, 1e-9, 2e-9, 1.1].map((square) => Math.fround(Math.sqrt(square)));
  const vector = new Float32Array(5 * 65_536);
  values.forEach((value, block) => (vector[block * 65_536 + 7] = value));
  const [a, b, c, d, e] = values.map((value) => value * value) as [number, number, number, number, number];
  expect(squares(vector)).toBe(a + b + (c + d) + e);
});

test("squaresOf() gives a parameter's blocks the same sums wherever it lies", () => {
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
  const sums = squaresOf(blocks, vector);
  const apart = layout.flatMap(({ offset, size }) => [
    ...squaresOf(blocksOf([parameter(size)]), vector.subarray(offset, offset + size)),
  ]);
  expect([...sums]).toEqual(apart);
  expect(sumOfSquares(layout, vector)).toBe(sumOfBlocks(sums));
});

test("sumOfSquares() is not finite when an element is not", () => {
  expect(squares(Float32Array.of(1, NaN))).toBeNaN();
  expect(squares(Float32Array.of(1, -Infinity))).toBe(Infinity);
});
