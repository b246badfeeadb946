import { expect, test } from "vitest";
import { Recipe } from "./recipe.ts";
import { problemOfPlan } from "./recipe_plan_problem.ts";

function recipe(keys: object): Recipe {
  return Recipe.parse({ name: "r", sources: [{ path: "/d" }], ...keys });
}

test.each([
  [{ train: { nodes: 9 } }, "9 nodes for 8 leaves"],
  [{ model: { width: 30, heads: 4 } }, "30"],
  [{ train: { nodes: 13, pipelineStages: 13 } }, "wanted at most 12"],
  [
    { model: { from: "hf:a/b@main" }, train: { steps: 100, exchange: "diloco", outerEvery: 30 } },
    "wanted a multiple, as train.steps 120",
  ],
  [{ train: { pipelineStages: 2, exchange: "int8" } }, 'wanted train.exchange "exact", or train.pipelineStages 1'],
  [{ train: { pipelineStages: 2, precision: "mixed" } }, 'wanted train.precision "float32", or train.pipelineStages 1'],
  [{ train: { pipelineStages: 2, device: "webgpu" } }, 'wanted train.device "cpu", or train.pipelineStages 1'],
])("problemOfPlan() says why %j cannot be trained", (keys, message) => {
  expect(problemOfPlan(recipe(keys))).toContain(message);
});

test.each([
  {},
  { model: { from: "hf:a/b@main", contextLength: 4096 } },
  // Three stages need three layers, which a small corpus does not get and a larger one does.
  { train: { nodes: 3, pipelineStages: 3 } },
  { train: { pipelineStages: 2, device: "auto" } },
  // How many layers a base model has is not known yet.
  { model: { from: "hf:a/b@main" }, train: { nodes: 4, pipelineStages: 4 } },
  { train: { nodes: 9, enabled: false } },
  // None of the sizes that are tried has steps that are whole rounds, and a corpus of another size has.
  { model: { from: "hf:a/b@main" }, train: { exchange: "diloco", outerEvery: 30 } },
])("problemOfPlan() lets %j pass, which some sources have a plan for", (keys) => {
  expect(problemOfPlan(recipe(keys))).toBeUndefined();
});
