import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { countSentences, splitWords } from "./words.ts";

interface Golden {
  readonly sentences: readonly { text: string; words: string[]; sentences: number }[];
}

const golden = JSON.parse(readFileSync(new URL("testdata/datatrove.json", import.meta.url), "utf8")) as Golden;

test.each(golden.sentences)("splitWords() splits as spaCy when given $text", ({ text, words }) => {
  expect(splitWords(text)).toEqual(words);
});

test.each(golden.sentences)("countSentences() counts as datatrove when given $text", ({ text, sentences }) => {
  expect(countSentences(splitWords(text))).toBe(sentences);
});

test("splitWords() gives nothing when there is only white space", () => {
  expect(splitWords(" \n\t\u00a0\u2028 ")).toEqual([]);
});

test("splitWords() needs linear steps when marks, dots or letters repeat without end", () => {
  for (const part of ["(", ".", "a-", "a.", "@", "http://", "'s", "5", ":)", "\u{1F600}"]) {
    const text = part.repeat(50_000);
    expect(splitWords(text).join("")).toBe(text);
  }
  const ends = "(".repeat(50_000) + "a".repeat(500_000) + ")".repeat(50_000);
  expect(splitWords(ends)).toHaveLength(100_001);
});
