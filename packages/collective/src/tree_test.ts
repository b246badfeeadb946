import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addInto, combineOrder, completeSubtrees, ownedRange, splitPoint, treeSum } from "./tree.ts";

const leavesAndMembers = fc
  .integer({ min: 1, max: 40 })
  .chain((leaves) => fc.record({ leaves: fc.constant(leaves), members: fc.integer({ min: 1, max: leaves }) }));

describe("splitPoint()", () => {
  test("splitPoint() cuts off the largest power of two below the size", () => {
    expect([2, 3, 4, 5, 8, 9].map((size) => splitPoint(10, 10 + size) - 10)).toEqual([1, 2, 2, 4, 4, 8]);
  });
  test("splitPoint() throws when the node is a leaf", () => {
    expect(() => splitPoint(3, 4)).toThrow(RangeError);
  });
});

test("ownedRange() covers all leaves in order with shares that differ by at most one", () => {
  fc.assert(
    fc.property(leavesAndMembers, ({ leaves, members }) => {
      const shares = Array.from({ length: members }, (_, member) => ownedRange(member, members, leaves));
      const sizes = shares.map((share) => share.end - share.start);
      expect(shares.flatMap((s) => Array.from({ length: s.end - s.start }, (_, i) => s.start + i))).toEqual(
        Array.from({ length: leaves }, (_, i) => i),
      );
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

test("ownedRange() throws when there are more members than leaves", () => {
  expect(() => ownedRange(0, 3, 2)).toThrow("cannot share 2 leaves between 3 members");
});

test("completeSubtrees() gives the largest whole nodes of a range", () => {
  expect(completeSubtrees({ start: 2, end: 5 }, 8)).toEqual([
    { start: 2, end: 4 },
    { start: 4, end: 5 },
  ]);
  expect(completeSubtrees({ start: 0, end: 7 }, 7)).toEqual([{ start: 0, end: 7 }]);
});

test("treeSum() equals the sum finished from the partials of any number of members", () => {
  fc.assert(
    fc.property(leavesAndMembers, fc.integer(), ({ leaves, members }, seed) => {
      const vectors = Array.from({ length: leaves }, (_, leaf) =>
        Float32Array.from({ length: 3 }, (_, i) => Math.sin(seed + leaf * 7.1 + i) * 10 ** ((leaf + i) % 6)),
      );
      const parts = Array.from({ length: members }, (_, member) =>
        completeSubtrees(ownedRange(member, members, leaves), leaves),
      ).flat();
      const partials = parts.map((part) => {
        const own = Array.from({ length: part.end - part.start }, (_, i) => ({
          start: part.start + i,
          end: part.start + i + 1,
        }));
        const values = own.map((leaf) => vectors[leaf.start]!.slice());
        for (const { into, from } of combineOrder(own, part)) addInto(values[into]!, values[from]!);
        return values[0]!;
      });
      for (const { into, from } of combineOrder(parts, { start: 0, end: leaves })) {
        addInto(partials[into]!, partials[from]!);
      }
      expect(partials[0]).toEqual(treeSum(vectors));
    }),
  );
});

test("treeSum() differs from the running sum when rounding matters", () => {
  const vectors = [1e8, 1, 1, 1].map((value) => Float32Array.of(value));
  expect(treeSum(vectors)[0]).toBe(Math.fround(Math.fround(1e8 + 1) + 2));
  expect(() => treeSum([])).toThrow(RangeError);
});

test("combineOrder() throws when the parts leave a gap or are not nodes of the tree", () => {
  expect(() => combineOrder([{ start: 0, end: 1 }], { start: 0, end: 2 })).toThrow("no part");
  expect(() =>
    combineOrder(
      [
        { start: 0, end: 3 },
        { start: 3, end: 4 },
      ],
      { start: 0, end: 4 },
    ),
  ).toThrow(RangeError);
  expect(() =>
    combineOrder(
      [
        { start: 0, end: 2 },
        { start: 2, end: 3 },
      ],
      { start: 0, end: 2 },
    ),
  ).toThrow("left over");
});

test("addInto() throws when the lengths differ", () => {
  expect(() => addInto(new Float32Array(2), new Float32Array(3))).toThrow("cannot add 2 and 3 values into 2");
});
