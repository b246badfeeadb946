import { expect, test } from "vitest";
import { type Described, slicesOf } from "./slices.ts";

function measuresOf(documents: readonly Described[]) {
  const scores = {
    nats: Float64Array.from(documents, ({ tokens }) => tokens),
    hits: Float64Array.from(documents, () => 1),
  };
  return { model: scores, ngram: scores };
}

test("slicesOf() sorts by source, language and length, the largest first, and says nothing of what is all alike", () => {
  const documents: Described[] = [
    { source: "a/x/1.md", language: "en", sizeBytes: 100, tokens: 50 },
    { source: "a/x/2.md", language: "de", sizeBytes: 2000, tokens: 900 },
    { source: "a/top.jsonl#17", language: "en", sizeBytes: 50, tokens: 20 },
    { source: "a/x/empty.md", language: "en", sizeBytes: 0, tokens: 0 },
  ];
  const slices = slicesOf(documents, measuresOf(documents));
  expect(slices.map(({ by, name, bytes }) => [by, name, bytes])).toEqual([
    ["source", "x/", 2100],
    ["source", "top.jsonl", 50],
    ["language", "de", 2000],
    ["language", "en", 150],
    ["length", "1 to 4 KiB", 2000],
    ["length", "below 1 KiB", 150],
  ]);
  expect(slices[3]).toMatchObject({ documents: 2, tokens: 70, model: { perplexity: Math.E, accuracy: 2 / 70 } });
  expect(slicesOf(documents.slice(0, 1), measuresOf(documents.slice(0, 1)))).toEqual([]);
});

test("slicesOf() puts what is beyond twenty into one", () => {
  const documents = Array.from({ length: 30 }, (_, at): Described => {
    return { source: `folder-${at}/a.md`, language: "en", sizeBytes: 100 - at, tokens: 10 };
  });
  const slices = slicesOf(documents, measuresOf(documents));
  expect(slices).toHaveLength(20);
  expect(slices.at(-1)).toMatchObject({ by: "source", name: "others", documents: 11 });
});
