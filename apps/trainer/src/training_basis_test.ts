import { expect, test } from "vitest";
import { basisDifferences } from "./training_basis.ts";

test("basisDifferences() names what differs, with both values where they are words, and nothing else", () => {
  const there = { "train.seed": "1", "train.optimiser": '"muon"', "train.momentum": "0.95", "model.from": '"ab"' };
  const here = { "model.from": '"cd"', "train.optimiser": '"adamw"', "train.seed": "1" };
  expect(basisDifferences(there, here)).toEqual([
    "model.from",
    "train.momentum (0.95 there, not set here)",
    'train.optimiser ("muon" there, "adamw" here)',
  ]);
  expect(basisDifferences(there, { ...there })).toEqual([]);
});
