import { expect, test } from "vitest";
import { createWordCounts } from "./word_counts.ts";

test("createWordCounts() counts pretokens over several texts", () => {
  const words = createWordCounts(100);
  words.add("the cat the");
  words.add(" cat");
  expect([...words.counts]).toEqual([
    ["the", 1],
    [" cat", 2],
    [" the", 1],
  ]);
  expect(words.droppedWords).toBe(0);
});

test("createWordCounts() forgets the rarest words and says how many when the cap is reached", () => {
  const words = createWordCounts(4);
  words.add("a a a b c d e f");
  expect(words.counts.size).toBeLessThanOrEqual(4);
  expect(words.counts.get(" a")).toBe(2);
  const kept = [...words.counts.values()].reduce((sum, count) => sum + count, 0);
  expect(kept + words.droppedWords).toBe(8);
});

test("createWordCounts() leaves out and counts pretokens above 1024 units", () => {
  const words = createWordCounts(10);
  words.add(`${"x".repeat(1025)} y`);
  expect([...words.counts.keys()]).toEqual([" y"]);
  expect(words.longWords).toBe(1);
});
