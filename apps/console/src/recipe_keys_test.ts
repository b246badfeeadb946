import { expect, test } from "vitest";
import { recipeKeys } from "./recipe_keys.ts";

test("recipeKeys() names every key with what it is for, its range and its default", () => {
  const keys = new Map(recipeKeys().map(({ key, about }) => [key, about]));
  expect(keys.get("train.nodes")).toBe("Trainer processes; 1 to 64; default 2");
  expect(keys.get("train.learningRate")).toBe("Peak learning rate; more than 0, less than 1");
  expect(keys.get("sources[].licence")).toMatch(/^Licence of these documents/);
  expect([...keys.keys()]).toEqual(expect.arrayContaining(["name", "corpus.policy", "samplePrompts"]));
});
