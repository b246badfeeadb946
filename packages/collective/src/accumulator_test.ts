import fc from "fast-check";
import { expect, test } from "vitest";
import { createAccumulator } from "./accumulator.ts";
import { completeSubtrees, ownedRange, treeSum } from "./tree.ts";
import { createVectorMemory } from "./vector_memory.ts";

const gradient = (leaf: number): Float32Array => Float32Array.of(Math.sin(leaf) * 10 ** (leaf % 7), leaf / 3, -leaf);
const MEMORY = createVectorMemory();
const WHOLE = [[{ start: 0, end: 3 }]];
const IN_PHASES = [
  [{ start: 1, end: 2 }],
  [
    { start: 0, end: 1 },
    { start: 2, end: 3 },
  ],
];

test.each([WHOLE, IN_PHASES])(
  "createAccumulator() gives the tree's sum of every part when the leaves finish in any order: %j",
  (...phases) => {
    const order = fc
      .integer({ min: 1, max: 20 })
      .chain((leaves) => fc.tuple(fc.constant(leaves), fc.integer({ min: 1, max: leaves }), fc.array(fc.nat())));
    fc.assert(
      fc.property(order, ([leaves, members, shuffle]) => {
        const range = ownedRange(members - 1, members, leaves);
        const parts = completeSubtrees(range, leaves);
        const accumulator = createAccumulator(MEMORY, 3);
        accumulator.begin(parts, phases);
        const left = Array.from({ length: range.end - range.start }, (_, i) => ({ leaf: range.start + i, phase: 0 }));
        const vectors = new Map<number, Float32Array>();
        const sums = new Map<number, Float32Array[]>();
        for (let i = 0; left.length > 0; i++) {
          const at = (shuffle[i] ?? 0) % left.length;
          const { leaf, phase } = left[at]!;
          if (phase + 1 === phases.length) left.splice(at, 1);
          else left[at] = { leaf, phase: phase + 1 };
          const vector = vectors.get(leaf) ?? accumulator.take();
          vectors.set(leaf, vector);
          for (const { start, end } of phases[phase]!) vector.set(gradient(leaf).subarray(start, end), start);
          const done = accumulator.add(leaf, vector, phase);
          if (done) sums.set(done.part.start, [...(sums.get(done.part.start) ?? []), done.sum]);
        }
        for (const part of parts) {
          const wanted = treeSum(Array.from({ length: part.end - part.start }, (_, i) => gradient(part.start + i)));
          // Every phase of a part is in the same vector.
          expect(sums.get(part.start)).toEqual(phases.map(() => wanted));
          expect(new Set(sums.get(part.start)).size).toBe(1);
        }
      }),
    );
  },
);

test("createAccumulator() keeps log2(leaves) + 1 vectors alive when 64 leaves finish in order", () => {
  const accumulator = createAccumulator(MEMORY, 3);
  accumulator.begin([{ start: 0, end: 64 }], IN_PHASES);
  const seen = new Set<Float32Array>();
  for (let leaf = 0; leaf < 64; leaf++) {
    const vector = accumulator.take().fill(1);
    seen.add(vector);
    for (const phase of IN_PHASES.keys()) accumulator.add(leaf, vector, phase);
  }
  accumulator.begin([{ start: 0, end: 64 }], IN_PHASES);
  for (let count = 0; count < 7; count++) seen.add(accumulator.take());
  expect(seen.size).toBe(7);
});

test("createAccumulator() throws when a leaf belongs to no part", () => {
  const accumulator = createAccumulator(MEMORY, 3);
  accumulator.begin([{ start: 2, end: 4 }], WHOLE);
  expect(() => accumulator.add(4, accumulator.take(), 0)).toThrow("leaf 4 is in none");
});

test("createAccumulator() refuses a phase that finishes nothing", () => {
  const accumulator = createAccumulator(MEMORY, 3);
  expect(() => accumulator.begin([{ start: 0, end: 1 }], [...WHOLE, []])).toThrow("found one that finishes nothing");
});
