import fc from "fast-check";
import { expect, test } from "vitest";
import { markRanges } from "./mark_ranges.ts";

test("markRanges() cuts at each range", () => {
  const [first, second] = [
    { start: 1, end: 3 },
    { start: 3, end: 4 },
  ];
  expect(markRanges("abcdef", [second, first])).toEqual([
    { text: "a" },
    { text: "bc", range: first },
    { text: "d", range: second },
    { text: "ef" },
  ]);
});

test("markRanges() loses nothing of the text, whatever the ranges are", () => {
  const range = fc.record({ start: fc.integer({ min: -3, max: 40 }), end: fc.integer({ min: -3, max: 40 }) });
  fc.assert(
    fc.property(fc.string({ maxLength: 30 }), fc.array(range, { maxLength: 8 }), (text, ranges) => {
      const pieces = markRanges(text, ranges);
      expect(pieces.map((piece) => piece.text).join("")).toBe(text);
    }),
  );
});
