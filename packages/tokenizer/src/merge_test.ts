import fc from "fast-check";
import { expect, test } from "vitest";
import { createMerger, type Merge } from "./merge.ts";

/** The slow obvious version: look at every pair, merge the best, start again. */
function mergeSlowly(ids: readonly number[], merges: readonly Merge[]): number[] {
  const symbols = [...ids];
  for (;;) {
    let best = merges.length;
    let at = -1;
    for (let i = 0; i + 1 < symbols.length; i++) {
      const rank = merges.findLastIndex(({ left, right }) => left === symbols[i] && right === symbols[i + 1]);
      if (rank >= 0 && rank < best) {
        best = rank;
        at = i;
      }
    }
    const rule = merges[best];
    if (rule === undefined) return symbols;
    symbols.splice(at, 2, rule.merged);
  }
}

test("createMerger() gives what merging the best pair again and again gives, also under odd rules", () => {
  const id = fc.integer({ min: 0, max: 6 });
  const rule = fc.record({ left: id, right: id, merged: fc.integer({ min: 4, max: 9 }) });
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 12 }),
      fc.array(fc.array(fc.integer({ min: 0, max: 3 }))),
      (merges, words) => {
        const merge = createMerger(merges);
        for (const word of words) expect(merge(word)).toEqual(mergeSlowly(word, merges));
      },
    ),
    { numRuns: 500 },
  );
});

test("createMerger() merges a pretoken of a million bytes without quadratic work", () => {
  const merges = Array.from({ length: 16 }, (_, i) => ({ left: i, right: i, merged: i + 1 }));
  const ids = createMerger(merges)(new Uint8Array(2 ** 20));
  expect(ids).toEqual(Array.from({ length: 16 }, () => 16));
});
