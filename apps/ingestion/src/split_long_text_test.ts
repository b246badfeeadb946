import { scrub } from "@millrace/corpus";
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

const KEY = ["-----BEGIN PGP PRIVATE KEY BLOCK-----", "", ..."Ab3+Cd5/".repeat(40).match(/.{1,64}/g)!, "=Xy9Z"];
KEY.push("-----END PGP PRIVATE KEY BLOCK-----");
const filler = (bytes: number, piece: string): string => piece.repeat(Math.ceil(bytes / piece.length)).slice(-bytes);

test.each([
  // The blank line after its first is the end of a paragraph.
  ["a key, in its lines", KEY.join("\n"), 60, "The wheel turns.\n\n"],
  ["a key in a paragraph that is too long", KEY.join("\n").replace("\n\n", "\n"), 150, "The wheel turns. "],
  ["an address in a list without a blank", "jo@example.org,", 6, "mill,"],
  ["a number that the paragraph before gives away", "Phone:\n\n785 8949", 8, "The wheel turns.\n\n"],
])("splitLongText() hides nothing of %s from those who mask its parts", (_, found, inside, piece) => {
  const text = `${filler(LONGEST_PART_BYTES - inside, piece)}${found}\n${filler(LONGEST_PART_BYTES, piece)}`;
  const parts = splitLongText(text);
  expect(parts.join("")).toBe(text);
  expect(Math.max(...parts.map(sizeOf))).toBeLessThanOrEqual(LONGEST_PART_BYTES);
  expect(parts.map((part) => scrub(part).text).join("|")).not.toMatch(/Ab3|Cd5|Xy9Z|PRIVATE|jo@|example|785|8949/);
});

test("splitLongText() leaves a cut beside personal data where both sides are masked all the same", () => {
  const paragraph = `jo@example.org ${"word ".repeat(3000)}\n\n`;
  const parts = splitLongText(paragraph.repeat(10));
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.every((part) => part.startsWith("jo@") && part.endsWith("\n\n"))).toBe(true);
});
