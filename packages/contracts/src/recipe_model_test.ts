import { describe, expect, test } from "vitest";
import { Recipe } from "./recipe.ts";
import { planTraining } from "./recipe_defaults.ts";

const planned = (model: object): object =>
  planTraining(Recipe.parse({ name: "docs", sources: [{ path: "docs" }], model }), 0).model;

describe("planTraining() of models", () => {
  test("planTraining() of a recipe without an architecture is what it was before there were others", () => {
    const model = planned({});
    expect(model).toEqual({ architecture: "gpt2", layers: 2, heads: 2, width: 64, contextLength: 64 });
    expect(planned({ positions: "learned", dropout: 0, tied: true })).toEqual(model);
    expect(planned({ architecture: "llama", tied: false })).toEqual(planned({ architecture: "llama" }));
    expect(planned({ architecture: "llama", tied: true })).toMatchObject({ tied: true });
  });

  test("planTraining() gives each architecture its own keys, and dropout at its places", () => {
    expect(planned({ positions: "sinusoidal", tied: false, dropout: 0.1 })).toMatchObject({
      architecture: "gpt2",
      positions: "sinusoidal",
      tied: false,
      dropout: { embedding: 0.1, attention: 0.1, residual: 0.1 },
    });
    expect(planned({ architecture: "llama", keyValueHeads: 1, dropout: 0.1 })).toEqual({
      architecture: "llama",
      layers: 2,
      heads: 2,
      width: 64,
      contextLength: 64,
      keyValueHeads: 1,
      dropout: { attention: 0.1 },
    });
  });

  test.each([
    [{ architecture: "llama", heads: 8, width: 8 }, "rotary positions need heads of even width, found 1"],
    [{ architecture: "llama", heads: 4, keyValueHeads: 3 }, "3 heads of keys and values do not divide 4 heads"],
    [{ positions: "sinusoidal", heads: 1, width: 7 }, "sinusoidal positions need an even width, found 7"],
  ])("planTraining() refuses %j", (model, message) => {
    expect(() => planned(model)).toThrow(message);
  });

  test.each([
    [{ keyValueHeads: 1 }, "expected only with architecture"],
    [{ architecture: "llama", positions: "learned" }, "expected only with architecture"],
    [{ dropout: 1 }, "expected number to be <1"],
  ])("a recipe with %j is refused", (model, message) => {
    expect(() => planned(model)).toThrow(message);
  });
});
