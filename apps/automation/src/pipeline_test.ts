import { EVENTS, Recipe } from "@millrace/contracts";
import { expect, test } from "vitest";
import { FACT_EVENTS, type FactName, type Facts } from "./facts.ts";
import { nextStep, type RunProgress, stagesOf } from "./pipeline.ts";

const recipe = (overrides: object = {}): Recipe =>
  Recipe.parse({ name: "docs", sources: [{ path: "/docs" }], ...overrides });

function run(facts: readonly FactName[], overrides: object = {}): RunProgress {
  const known = Object.fromEntries(facts.map((name) => [name, FACT_EVENTS[name].example])) as Facts;
  const recipeRef = EVENTS.pipelineStart.example.recipe;
  return { id: "run-1", name: "docs", attempt: 2, recipeRef, recipe: recipe(overrides), facts: known };
}

const ORDER: readonly (readonly [FactName, string, string])[] = [
  ["collected", "cleaning", EVENTS.corpusClean.type],
  ["cleaned", "deduplicating", EVENTS.corpusDeduplicate.type],
  ["deduplicated", "tokenizing", EVENTS.corpusTokenize.type],
  ["tokenized", "training", EVENTS.trainingStart.type],
  ["trained", "evaluating", EVENTS.modelEvaluate.type],
  ["evaluated", "deploying", EVENTS.modelRegister.type],
  ["registered", "deploying", EVENTS.modelDeploy.type],
];

test("nextStep() starts with collecting", () => {
  expect(nextStep(run([]))).toMatchObject({ state: "collecting", command: { definition: EVENTS.corpusCollect } });
});

test.each(
  ORDER.map(([, state, type], index) => ({ facts: ORDER.slice(0, index + 1).map(([name]) => name), state, type })),
)("nextStep() asks for $type after $facts", ({ facts, state, type }) => {
  const step = nextStep(run(facts));
  expect(step.state).toBe(state);
  expect(step.command?.definition.type).toBe(type);
  // What is asked for must be what the catalogue promises.
  expect(step.command?.definition.schema.safeParse(step.command.data).error).toBeUndefined();
  expect(step.command?.data).toMatchObject({ runId: "run-1", attempt: 2 });
});

const ALL = ORDER.map(([name]) => name);

test("nextStep() rests in serving once packaged and deployed, of which either may be heard of first", () => {
  expect(nextStep(run([...ALL, "packaged", "deployed"]))).toEqual({ state: "serving" });
  for (const first of ["packaged", "deployed"] as const)
    expect(nextStep(run([...ALL, first]))).toMatchObject({
      state: "deploying",
      command: { definition: EVENTS.modelDeploy },
    });
});

test("nextStep() searches before it trains where the recipe says so, and goes on with the recipe that was found", () => {
  const search = { search: { space: { "train.learningRate": { float: [0.001, 0.01] } } } };
  const tokenized = ["collected", "cleaned", "deduplicated", "tokenized"] as const;
  const searching = nextStep(run(tokenized, search));
  expect(searching).toMatchObject({ state: "training", command: { definition: EVENTS.trainingSearch } });
  expect(EVENTS.trainingSearch.schema.safeParse(searching.command?.data).error).toBeUndefined();
  const found = { ...EVENTS.trainingSearched.example.recipe, sha256: "f".repeat(64) };
  const after = (facts: readonly FactName[]) => {
    const informed = run([...facts, "searched"], search);
    const searched = { ...informed.facts.searched!, recipe: found };
    return nextStep({ ...informed, facts: { ...informed.facts, searched } });
  };
  expect(after(tokenized)).toMatchObject({
    command: { definition: EVENTS.trainingStart, data: { recipe: found } },
  });
  expect(after([...tokenized, "trained", "evaluated"])).toMatchObject({
    command: { definition: EVENTS.modelRegister, data: { recipe: found } },
  });
});

test("nextStep() hands on the tasks that were collected, and what the version must reach in them", () => {
  const questions = EVENTS.pipelineStart.example.recipe;
  const tasks = [{ name: "words", kind: "cloze" as const, questions }];
  const overrides = {
    evaluation: { tasks: [{ name: "words", path: "/words.jsonl", kind: "cloze" }] },
    deploy: { gates: { words: 0.5 } },
  };
  const asking = run(["collected", "cleaned", "deduplicated", "tokenized", "trained"], overrides);
  const collected = { ...asking.facts.collected!, tasks };
  const step = nextStep({ ...asking, facts: { ...asking.facts, collected } });
  expect(step.command?.data).toMatchObject({ tasks });
  const { command } = nextStep(run(ALL, overrides));
  const { evaluation } = EVENTS.modelEvaluated.example;
  expect(command?.data).toMatchObject({ leastScores: { words: 0.5 }, evaluation });
  expect(command?.definition.schema.safeParse(command.data).error).toBeUndefined();
});

test("nextStep() completes after registration when the recipe does not deploy", () => {
  expect(nextStep(run(ALL, { deploy: { enabled: false } }))).toEqual({ state: "completed" });
});

test("nextStep() completes after deduplication when the recipe does not train", () => {
  const overrides = { train: { enabled: false } };
  expect(nextStep(run(["collected", "cleaned", "deduplicated"], overrides))).toEqual({ state: "completed" });
  expect(stagesOf(recipe(overrides))).toEqual(["collecting", "cleaning", "deduplicating"]);
});
