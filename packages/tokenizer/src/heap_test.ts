import fc from "fast-check";
import { expect, test } from "vitest";
import { createHeap } from "./heap.ts";

test("createHeap() gives items back in order, whatever the order of pushes and pops", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer())), (operations) => {
      const heap = createHeap<number>((a, b) => a < b);
      let model: number[] = [];
      for (const operation of operations) {
        if (operation === null) {
          expect(heap.pop()).toBe(model.shift());
        } else {
          heap.push(operation);
          model = [...model, operation].sort((a, b) => a - b);
        }
      }
    }),
  );
});

test("createHeap() is empty after clear()", () => {
  const heap = createHeap<number>((a, b) => a < b);
  heap.push(1);
  heap.clear();
  expect(heap.pop()).toBeUndefined();
});
