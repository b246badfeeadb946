import fc from "fast-check";
import { expect, test } from "vitest";
import { blockRepetition, DUPLICATE_SIZES, duplicateGrams, findDuplicates, TOP_SIZES, topGrams } from "./repetition.ts";

/** The slow obvious version: joined strings, as the published filter has it. */
function topByStrings(words: readonly string[], size: number): number {
  const counts = new Map<string, number>();
  for (let start = 0; start + size <= words.length; start++) {
    const gram = words.slice(start, start + size).join(" ");
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  let best = "";
  for (const [gram, count] of counts) if (count > (counts.get(best) ?? 0)) best = gram;
  return best.length * (counts.get(best) ?? 0);
}

function duplicatesByStrings(words: readonly string[], size: number): number {
  const seen = new Set<string>();
  let characters = 0;
  for (let start = 0; start + size <= words.length;) {
    const gram = words.slice(start, start + size).join("");
    if (seen.has(gram)) characters += gram.length;
    start += seen.has(gram) ? size : 1;
    seen.add(gram);
  }
  return characters;
}

test("findDuplicates() counts the second and later ones of equals, in code points", () => {
  expect(findDuplicates(["ab", "😀", "ab", "😀", "ab"])).toEqual({ elements: 3, characters: 5 });
});

test("blockRepetition() divides duplicated characters by the whole text when blocks repeat", () => {
  // Paragraphs: "aa", "b", "aa". Lines: the same, and an empty one after the last line feed.
  expect(blockRepetition("aa\n\nb\n\naa\n", 10)).toEqual({
    paragraphs: 1 / 3,
    paragraphCharacters: 0.2,
    lines: 1 / 4,
    lineCharacters: 0.2,
  });
});

test("topGrams() counts the first n-gram once when nothing repeats", () => {
  expect(topGrams(["a", "bb", "ccc", "d", "e"], [2])).toEqual(new Map([[2, 4]]));
});

test("duplicateGrams() skips what overlaps a duplicate", () => {
  expect(duplicateGrams(["a", "bb", "ccc", "d", "e"], [5]).get(5)).toBe(0);
  // Eleven times "x": the 5-gram at 0 is new, those at 1 and 6 repeat, and 10 characters are in them.
  const repeated = Array.from({ length: 11 }, () => "x");
  expect(duplicateGrams(repeated, [5]).get(5)).toBe(10);
});

test("topGrams() and duplicateGrams() equal counting joined strings for any words", () => {
  const word = fc.constantFrom("a", "b", "ab", "ba", "aa", "the", ",");
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      for (const [size, characters] of topGrams(words, TOP_SIZES)) expect(characters).toBe(topByStrings(words, size));
      for (const [size, characters] of duplicateGrams(words, DUPLICATE_SIZES)) {
        expect(characters).toBe(duplicatesByStrings(words, size));
      }
    }),
  );
});
