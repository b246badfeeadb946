import fc from "fast-check";
import { expect, test } from "vitest";
import { LONGEST_PART_BYTES, splitLongText } from "./split_long_text.ts";

const sizeOf = (text: string): number => new TextEncoder().encode(text).length;

test("splitLongText() gives parts that fit and are the text when joined", () => {
  const piece = fc.oneof(
    fc.constant("\n\n"),
    fc.constant("\n"),
    fc.constant(" "),
    fc.string({ unit: "grapheme" }),
    fc.constant("ä".repeat(20_000)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 20 }), (pieces, times) => {
      const text = pieces.join("").repeat(times).toWellFormed();
      const parts = splitLongText(text);
      expect(parts.join("")).toBe(text);
      expect(Math.max(...parts.map(sizeOf))).toBeLessThanOrEqual(Math.max(LONGEST_PART_BYTES, 0));
      expect(parts.every((part) => part.isWellFormed())).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("splitLongText() cuts at paragraph ends where there are some, and leaves short texts whole", () => {
  const paragraph = `${"word ".repeat(3000)}\n\n`;
  const parts = splitLongText(paragraph.repeat(10));
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.every((part) => part.endsWith("\n\n"))).toBe(true);
  expect(splitLongText("short")).toEqual(["short"]);
});
