import { expect, test } from "vitest";
import { chunkFloatsFor } from "./plan.ts";
import { allReduceLeaf } from "./testing/all_reduce_leaf.ts";
import { combineOrder, completeSubtrees, ownedRange, treeSum } from "./tree.ts";
import { createTreeFinisher } from "./tree_finisher.ts";
import { createVectorMemory } from "./vector_memory.ts";

test.each([1, 2, 3, 5, 7])(
  "createTreeFinisher() gives the tree's sum of the parts of %d members, over several stretches, and leaves the parts as they are",
  (members) => {
    const [leaves, floats] = [7, 40_001];
    const memory = createVectorMemory();
    const finish = createTreeFinisher(memory);
    const leaf = (index: number): Float32Array => allReduceLeaf(floats, 0, index);
    const parts = Array.from({ length: members }, (_, member) =>
      completeSubtrees(ownedRange(member, members, leaves), leaves),
    ).flat();
    const values = parts.map(({ start, end }) => {
      const value = memory.take(floats);
      value.set(treeSum(Array.from({ length: end - start }, (_, i) => leaf(start + i))));
      return value;
    });
    const before = values.map((value) => value.slice());
    const sum = memory.take(floats);
    finish(combineOrder(parts, { start: 0, end: leaves }), values, sum);
    expect(sum).toEqual(treeSum(Array.from({ length: leaves }, (_, i) => leaf(i))));
    expect(values).toEqual(before);
  },
);

test("chunkFloatsFor() keeps chunks small until there are many, and never larger than a frame", () => {
  expect([1, 65_537, 4_194_304, 4_194_305, 16_777_216, 1e9].map(chunkFloatsFor)).toEqual([
    65_536, 65_536, 65_536, 131_072, 262_144, 262_144,
  ]);
});
