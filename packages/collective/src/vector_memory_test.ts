import fc from "fast-check";
import { expect, test } from "vitest";
import { createVectorMemory } from "./vector_memory.ts";

const float = fc.float({ noNaN: true });

test("add() gives the bits of float32 addition, for any length and into an operand too", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(float, float), { minLength: 1, maxLength: 70 }), fc.boolean(), (pairs, inPlace) => {
      const memory = createVectorMemory();
      const [left, right] = [memory.take(pairs.length), memory.take(pairs.length)];
      left.set(pairs.map(([one]) => one));
      right.set(pairs.map(([, other]) => other));
      const wanted = Float32Array.from(pairs, ([one, other]) => one + other);
      const into = inPlace ? left : memory.take(pairs.length);
      memory.add(into, left, right);
      expect(new Uint8Array(into.slice().buffer)).toEqual(new Uint8Array(wanted.buffer));
    }),
    { numRuns: 50 },
  );
});

test("add() changes nothing beside the vector", () => {
  const memory = createVectorMemory();
  const [before, into, after] = [memory.take(16).fill(7), memory.take(100), memory.take(16).fill(7)];
  memory.add(into, into.fill(1), into);
  expect(into).toEqual(new Float32Array(100).fill(2));
  expect([...before, ...after]).toEqual(Array.from({ length: 32 }, () => 7));
});

test("add() takes vectors that lie elsewhere, and stretches of its own", () => {
  const memory = createVectorMemory();
  const [mine, foreign] = [memory.take(100).fill(1), new Float32Array(100).fill(2)];
  memory.add(mine, mine, foreign);
  memory.add(mine.subarray(32, 72), mine.subarray(32, 72), mine.subarray(0, 40));
  expect([...mine.subarray(28, 36)]).toEqual([3, 3, 3, 3, 6, 6, 6, 6]);
  expect(() => memory.add(mine, mine, memory.take(3))).toThrow("cannot add 100 and 3 values into 100");
});

test("take() gives memory that stays the same when more is taken, at a cache line", () => {
  const memory = createVectorMemory();
  const first = memory.take(3);
  first[2] = 5;
  const large = memory.take(1_000_000);
  expect(large.byteOffset % 64).toBe(0);
  expect(first[2]).toBe(5);
  large.fill(9);
  memory.add(first, first, large.subarray(0, 3));
  expect([...first]).toEqual([9, 9, 14]);
});

test("take() gives what does not fit from elsewhere, and always has room for small vectors to copy into", () => {
  const memory = createVectorMemory();
  const floats = 2 ** 28;
  const large = Array.from({ length: 5 }, () => memory.take(floats));
  expect(large.map((vector) => memory.holds(vector))).toEqual([true, true, true, false, false]);
  // Nothing is touched, so nothing of it is really had.
  while (memory.holds(memory.take(65_537)));
  const small = memory.take(65_536);
  expect(memory.holds(small)).toBe(true);
  memory.add(small, small.fill(1), small);
  expect(small[65_535]).toBe(2);
});
