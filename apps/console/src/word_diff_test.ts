import fc from "fast-check";
import { expect, test } from "vitest";
import { type DiffPart, wordDiff } from "./word_diff.ts";

const without = (parts: readonly DiffPart[], kind: DiffPart["kind"]): string =>
  parts
    .filter((part) => part.kind !== kind)
    .map(({ text }) => text)
    .join("");

/** Marks are words of their own: no spaces stand between them. */
const marks = (letters: readonly string[]): string => letters.map((letter) => "+-*/"["abcd".indexOf(letter)]).join("");
const long = (word: string): string => `${word} `.repeat(4000);

test("wordDiff() shows the words that were changed, not the lines", () => {
  expect(wordDiff("The mill opens in the morning.", "The mill opens at sunrise.")).toEqual([
    { kind: "same", text: "The mill opens " },
    { kind: "removed", text: "in" },
    { kind: "added", text: "at" },
    { kind: "same", text: " " },
    { kind: "removed", text: "the morning" },
    { kind: "added", text: "sunrise" },
    { kind: "same", text: "." },
  ]);
});

test("wordDiff() of a text and itself is one part", () => {
  expect(wordDiff("as it was", "as it was")).toEqual([{ kind: "same", text: "as it was" }]);
  expect(wordDiff("", "")).toEqual([]);
});

test("wordDiff() keeps both texts whole, whatever they are and however few edits are allowed", () => {
  const word = fc.constantFrom("a", "b", "c", " ", "\n", "é", "𝔘", ".", "\ud800");
  const text = fc.array(word, { maxLength: 60 }).map((words) => words.join(""));
  fc.assert(
    fc.property(text, text, fc.nat(8), (left, right, most) => {
      for (const parts of [wordDiff(left, right), wordDiff(left, right, most)]) {
        expect(without(parts, "added")).toBe(left);
        expect(without(parts, "removed")).toBe(right);
      }
    }),
  );
});

test("wordDiff() finds the shortest way: as many edits as the longest common subsequence leaves", () => {
  const words = fc.array(fc.constantFrom(..."abcd"), { maxLength: 14 });
  fc.assert(
    fc.property(words, words, (left, right) => {
      const common = left.reduce<number[]>(
        (above, one) => {
          const row = [0];
          for (const [at, other] of right.entries())
            row.push(one === other ? (above[at] ?? 0) + 1 : Math.max(row[at] ?? 0, above[at + 1] ?? 0));
          return row;
        },
        right.map(() => 0).concat(0),
      );
      const edits = wordDiff(marks(left), marks(right))
        .filter(({ kind }) => kind !== "same")
        .reduce((sum, { text }) => sum + text.length, 0);
      expect(edits).toBe(left.length + right.length - 2 * (common.at(-1) ?? 0));
    }),
  );
});

test("wordDiff() of long texts with nothing in common stays within its bound", () => {
  const parts = wordDiff(long("left"), long("right"));
  expect([without(parts, "added"), without(parts, "removed")]).toEqual([long("left"), long("right")]);
});
