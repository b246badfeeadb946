import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { shellWord } from "./shell_word.ts";

test("shellWord() leaves plain words alone and quotes the others", () => {
  expect([shellWord("handbook@3"), shellWord("how to"), shellWord("it's"), shellWord("")]).toEqual([
    "handbook@3",
    "'how to'",
    `'it'\\''s'`,
    "''",
  ]);
});

test("shellWord() is read by a shell as the text it was made of", () => {
  const text = fc.string({ unit: fc.constantFrom("a", " ", "'", '"', "$", "`", "\\", "\n", ";", "&", "*", "ü", "~") });
  fc.assert(
    fc.property(text, (word) => {
      expect(execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" })).toBe(word);
    }),
    { numRuns: 50 },
  );
});
