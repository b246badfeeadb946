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

function recipe(model: object, rest: object = {}): Recipe {
  return Recipe.parse({ name: "docs", sources: [{ path: "docs" }], model: { from: "hf:a/b@main", ...model }, ...rest });
}

describe("a recipe that trains a model of others further", () => {
  const BASE = {
    architecture: "gpt2",
    vocabularySize: 50257,
    layers: 12,
    heads: 12,
    width: 768,
    contextLength: 1024,
    dropout: { embedding: 0.1, attention: 0.1, residual: 0.1 },
  } as const;
  const SMALL = { config: BASE, parameters: 30e6 };

  test("takes its extents from the model, with a context that can be paid for", () => {
    const plan = planTraining(recipe({}), 1e6, SMALL);
    const { vocabularySize, ...extents } = BASE;
    expect(plan.vocabularySize).toBe(vocabularySize);
    expect(plan.model).toEqual({ ...extents, contextLength: 512 });
    expect(plan.train).toMatchObject({ leafBatch: 1, learningRate: 5e-5 });
    // Three times through a quarter of a million tokens, 8 x 512 a step.
    expect(plan.train.steps).toBe(184);
  });

  test("trains adapters above 50 million parameters, and all of a smaller one, unless it says otherwise", () => {
    const LARGE = { config: BASE, parameters: 124e6 };
    const trained = (train: object, base = LARGE) => planTraining(recipe({}, { train }), 0, base).train;
    const lora = { rank: 16, alpha: 32, targets: ["attention", "feedForward"] };
    expect(trained({})).toMatchObject({ lora, learningRate: 2e-4 });
    expect(trained({ method: "full" })).not.toHaveProperty("lora");
    expect(trained({ optimiser: "muon" })).toMatchObject({ lora, optimiser: { name: "muon" } });
    expect(trained({}, SMALL)).not.toHaveProperty("lora");
    expect(trained({ lora: { rank: 4, targets: ["attention"] } }, SMALL).lora).toEqual({
      rank: 4,
      alpha: 8,
      targets: ["attention"],
    });
  });

  test("may shorten the context and set the dropout", () => {
    expect(planTraining(recipe({ contextLength: 1024, dropout: 0 }), 0, SMALL).model).not.toHaveProperty("dropout");
    expect(planTraining(recipe({ contextLength: 64 }), 0, SMALL).model).toMatchObject({ contextLength: 64 });
    expect(() => planTraining(recipe({ contextLength: 2048 }), 0, SMALL)).toThrow("the base model sees 1024 tokens");
  });

  test.each([
    [{ layers: 3 }, {}, "expected no layers beside model.from"],
    [{ architecture: "llama" }, {}, "expected no architecture beside model.from"],
    [{ tied: true }, {}, "expected no tied beside model.from"],
    [{}, { tokenizer: { vocabularySize: 300 } }, "expected no vocabularySize beside model.from"],
    [{}, { train: { method: "full", lora: { rank: 4 } } }, "expected only with method"],
    [{ from: undefined }, { train: { method: "lora" } }, "expected only beside model.from"],
    [{ from: "hf:nobody" }, {}, "expected a folder, or hf:owner/name@revision"],
  ])("is refused with %j and %j", (model, rest, message) => {
    expect(() => recipe(model, rest)).toThrow(message);
  });
});
