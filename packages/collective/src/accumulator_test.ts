import fc from "fast-check";
import { expect, test } from "vitest";
import { createAccumulator } from "./accumulator.ts";
import { completeSubtrees, ownedRange, treeSum } from "./tree.ts";
import { createVectorMemory } from "./vector_memory.ts";

const gradient = (leaf: number): Float32Array => Float32Array.of(Math.sin(leaf) * 10 ** (leaf % 7), leaf / 3);

test("createAccumulator() gives the tree's sum of every part when the leaves finish in any order", () => {
  const order = fc
    .integer({ min: 1, max: 20 })
    .chain((leaves) => fc.tuple(fc.constant(leaves), fc.integer({ min: 1, max: leaves }), fc.array(fc.nat())));
  fc.assert(
    fc.property(order, ([leaves, members, shuffle]) => {
      const range = ownedRange(members - 1, members, leaves);
      const parts = completeSubtrees(range, leaves);
      const accumulator = createAccumulator(createVectorMemory(), 2);
      accumulator.begin(parts);
      const left = Array.from({ length: range.end - range.start }, (_, i) => range.start + i);
      const sums = new Map<number, Float32Array>();
      for (let i = 0; left.length > 0; i++) {
        const [leaf] = left.splice((shuffle[i] ?? 0) % left.length, 1);
        const vector = accumulator.take();
        vector.set(gradient(leaf!));
        const done = accumulator.add(leaf!, vector);
        if (done) sums.set(done.part.start, done.sum);
      }
      for (const part of parts) {
        const wanted = treeSum(Array.from({ length: part.end - part.start }, (_, i) => gradient(part.start + i)));
        expect(sums.get(part.start)).toEqual(wanted);
      }
    }),
  );
});

test("createAccumulator() keeps log2(leaves) + 1 vectors alive when 64 leaves finish in order", () => {
  const accumulator = createAccumulator(createVectorMemory(), 1);
  accumulator.begin([{ start: 0, end: 64 }]);
  const seen = new Set<Float32Array>();
  for (let leaf = 0; leaf < 64; leaf++) {
    const vector = accumulator.take().fill(1);
    seen.add(vector);
    accumulator.add(leaf, vector);
  }
  expect(seen.size).toBe(7);
});

test("createAccumulator() throws when a leaf belongs to no part", () => {
  const accumulator = createAccumulator(createVectorMemory(), 1);
  accumulator.begin([{ start: 2, end: 4 }]);
  expect(() => accumulator.add(4, accumulator.take())).toThrow("leaf 4 is in none");
});
