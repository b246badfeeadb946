import fc from "fast-check";
import { expect, test } from "vitest";
import { blockRepetition, findDuplicates, ngramRepetition } from "./repetition.ts";

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

test("ngramRepetition() counts the top n-gram once when nothing repeats, and skips overlaps of duplicates", () => {
  // Of 2-grams "a bb" is first and has 4 characters; no 5-gram repeats.
  const once = ngramRepetition(["a", "bb", "ccc", "d", "e"]);
  expect(once.top.get(2)).toBe(4);
  expect(once.duplicate.get(5)).toBe(0);
  // Eleven times "x": the 5-gram at 0 is new, those at 1 and 6 repeat, and 10 characters are in them.
  expect(ngramRepetition(Array.from({ length: 11 }, () => "x")).duplicate.get(5)).toBe(10);
});

test("ngramRepetition() equals counting joined strings for any words", () => {
  const word = fc.constantFrom("a", "b", "ab", "ba", "aa", "the", ",");
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      const { top, duplicate } = ngramRepetition(words);
      for (const [size, characters] of top) expect(characters).toBe(topByStrings(words, size));
      for (const [size, characters] of duplicate) expect(characters).toBe(duplicatesByStrings(words, size));
    }),
  );
});
