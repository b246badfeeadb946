import { expect, test } from "vitest";
import { referencesOf } from "./references.ts";

test("referencesOf() keeps the ratio of bits per byte between the model and its baselines", () => {
  const bitsPerByte = { model: 1.5, gzip: 3, xzPrimed: 2, ngram: 1.8 };
  const found = referencesOf({ loss: { train: 2, validation: 2.5 }, bitsPerByte });
  expect(found.map(({ name }) => name)).toEqual(["gzip", "5-gram"]);
  expect(found.map(({ loss }) => loss)).toEqual([expect.closeTo(5), expect.closeTo(3)]);
});

test("referencesOf() leaves out what was not measured, and all before a run is evaluated", () => {
  const bitsPerByte = { model: 1.5, gzip: null, xzPrimed: null, ngram: 1.5 };
  expect(referencesOf({ loss: { train: 2, validation: 2.5 }, bitsPerByte })).toEqual([{ name: "5-gram", loss: 2.5 }]);
  expect(referencesOf({ loss: null, bitsPerByte })).toEqual([]);
});
