import { expect, test } from "vitest";
import { Recipe, recipeJsonSchema } from "./recipe.ts";
import { planTraining } from "./recipe_defaults.ts";
import { problemsOf } from "./problems.ts";

function problems(input: unknown): string[] {
  const parsed = Recipe.safeParse(input);
  if (parsed.success) throw new Error("the recipe was accepted");
  return problemsOf(parsed.error, input, Recipe).map((problem) => problem.message);
}

const base = { name: "docs", sources: [{ path: "./docs" }] };

test("Recipe fills in defaults", () => {
  const recipe = Recipe.parse(base);
  expect(recipe.train.nodes).toBe(2);
  expect(recipe.corpus.policy).toBe("documentation");
});

test.each([
  [{ ...base, train: { steps: "many" } }, 'train.steps: expected a positive integer, found "many"'],
  [{ ...base, train: { steps: 0 } }, "train.steps: expected a positive integer, found 0"],
  [{ ...base, train: { steps: 1.5 } }, "train.steps: expected a positive integer, found 1.5"],
  [{ ...base, tokenizer: { vocabularySize: 20 } }, "tokenizer.vocabularySize: expected at least 257, found 20"],
  [{ ...base, train: { step: 5 } }, 'train: expected only known keys, not "step"; did you mean "steps"?'],
  [
    { ...base, sources: [{ path: "./docs", exlude: [] }] },
    'sources.0: expected only known keys, not "exlude"; did you mean "exclude"?',
  ],
  [{ ...base, tokeniser: {} }, '(top level): expected only known keys, not "tokeniser"; did you mean "tokenizer"?'],
  [{ ...base, xyz: {} }, '(top level): expected only known keys, not "xyz"'],
  [
    { ...base, corpus: { languages: ["english"] } },
    'corpus.languages.0: expected a two-letter ISO 639-1 code such as "en", found "english"',
  ],
  [{ ...base, sources: [{ path: "" }] }, 'sources.0.path: expected at least 1 character, found ""'],
  [{ ...base, train: { steps: Infinity } }, "train.steps: expected a positive integer, found Infinity"],
  [{ ...base, train: { clip: Number.NaN } }, "train.clip: expected a number, found NaN"],
  [{ ...base, sources: [] }, "sources: expected at least 1 entry, found []"],
  [{ name: "docs" }, "sources: expected a list, found nothing"],
])("problemsOf() says what was expected and found: %j", (input, message) => {
  expect(problems(input)).toContain(message);
});

test("recipeJsonSchema() describes what an author may write: only name and sources are required", () => {
  expect(recipeJsonSchema()).toMatchObject({ required: ["name", "sources"], additionalProperties: false });
});

test("planTraining() refuses more nodes than leaves", () => {
  expect(() => planTraining(Recipe.parse({ ...base, train: { nodes: 9, leaves: 8 } }), 1e6)).toThrow(
    /9 nodes for 8 leaves/,
  );
});

test("planTraining() refuses a width that is no multiple of the heads", () => {
  expect(() => planTraining(Recipe.parse({ ...base, model: { width: 100, heads: 3 } }), 1e6)).toThrow(/no multiple/);
});

test("planTraining() keeps what the recipe says and grows with the corpus", () => {
  const recipe = Recipe.parse({ ...base, model: { layers: 7 } });
  const small = planTraining(recipe, 10_000);
  const large = planTraining(recipe, 1e9);
  expect(small.model.layers).toBe(7);
  expect(large.model.width).toBeGreaterThan(small.model.width);
});
