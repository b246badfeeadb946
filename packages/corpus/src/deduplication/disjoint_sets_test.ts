import fc from "fast-check";
import { expect, test } from "vitest";
import { disjointSets } from "./disjoint_sets.ts";

test("disjointSets() gives the least element of each connected component, in any order of unions", () => {
  const size = 12;
  const edge = fc.tuple(fc.nat(size - 1), fc.nat(size - 1));
  fc.assert(
    fc.property(fc.array(edge), (edges) => {
      const sets = disjointSets(size);
      for (const [a, b] of edges) sets.union(a, b);
      // The slow obvious version: carry the least label along the edges until nothing changes.
      const labels = Array.from({ length: size }, (_, element) => element);
      for (let round = 0; round < size; round++) {
        for (const [a, b] of edges) labels[a] = labels[b] = Math.min(labels[a] ?? a, labels[b] ?? b);
      }
      expect(labels.map((_, element) => sets.find(element))).toEqual(labels);
    }),
  );
});
