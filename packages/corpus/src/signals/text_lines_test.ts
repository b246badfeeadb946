import { expect, test } from "vitest";
import { codePoints, splitAtSpace, splitLines, strip } from "./text_lines.ts";

test("codePoints() counts a pair of surrogates once, and a lone one too", () => {
  expect(codePoints("a😀b")).toBe(3);
  expect(codePoints("\ud83d\ud83d\ude00\ude00")).toBe(3);
});

test("splitLines() ends lines at all marks that Python does, and opens none after the last", () => {
  expect(splitLines("a\r\nb\vc\fd\x1ce\x85f\u2028g\u2029h\r\r")).toEqual(["a", "b", "c", "d", "e", "f", "g", "h", ""]);
  expect(splitLines("")).toEqual([]);
});

test("strip() and splitAtSpace() take a byte order mark for text and U+0085 for space", () => {
  expect(strip("\x85\x1f a b\u3000")).toBe("a b");
  expect(strip("\ufeffa")).toBe("\ufeffa");
  expect(splitAtSpace(" a\u00a0b\x85c ")).toEqual(["a", "b", "c"]);
});
