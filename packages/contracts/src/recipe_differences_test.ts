import { Recipe } from "./recipe.ts";
import { expect, test } from "vitest";
import { differencesOf } from "./recipe_differences.ts";

const base = { name: "docs", sources: [{ path: "docs" }] };

test("differencesOf() names keys that were changed, set and removed", () => {
  const before = Recipe.parse({ ...base, train: { steps: 500, nodes: 2 }, description: "first" });
  const after = Recipe.parse({ ...base, train: { steps: 900, nodes: 2, patience: 3 } });
  expect(differencesOf(before, after)).toEqual([
    { key: "description", before: '"first"', after: "not set", isRemoved: true },
    { key: "train.patience", before: "not set", after: "3", isRemoved: false },
    { key: "train.steps", before: "500", after: "900", isRemoved: false },
  ]);
});

test("differencesOf() finds nothing between a recipe and itself", () => {
  expect(differencesOf(Recipe.parse(base), Recipe.parse(base))).toEqual([]);
});
