import { expect, test } from "vitest";
import { withValues } from "./recipe_search.ts";
import { Recipe, type RecipeInput, recipeJsonSchema } from "./recipe.ts";
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
  [
    { ...base, tokenizer: { kind: "characters", vocabularySize: 300 } },
    'tokenizer.vocabularySize: expected only with kind "bpe": the characters of the documents are the vocabulary, found 300',
  ],
  [
    { ...base, tokenizer: { kind: "characters" }, model: { from: "/m" } },
    'tokenizer.kind: expected "bpe" beside model.from, whose tokenizer is used as it is, found "characters"',
  ],
  [{ ...base, train: { step: 5 } }, 'train: expected only known keys, not "step"; did you mean "steps"?'],
  [
    { ...base, sources: [{ path: "./docs", exlude: [] }] },
    'sources.0: expected only known keys, not "exlude"; did you mean "exclude"?',
  ],
  [{ ...base, tokeniser: {} }, 'expected only known keys, not "tokeniser"; did you mean "tokenizer"?'],
  [{ ...base, xyz: {} }, 'expected only known keys, not "xyz"'],
  [
    { ...base, corpus: { languages: ["english"] } },
    'corpus.languages.0: expected a two-letter ISO 639-1 code such as "en", found "english"',
  ],
  [{ ...base, sources: [{ path: "" }] }, 'sources.0.path: expected at least 1 character, found ""'],
  [{ ...base, train: { steps: Infinity } }, "train.steps: expected a positive integer, found Infinity"],
  [{ ...base, train: { clip: Number.NaN } }, "train.clip: expected a number, found NaN"],
  [{ ...base, sources: [] }, "sources: expected at least 1 entry, found []"],
  [{ name: "docs" }, "sources: expected a list, found nothing"],
  [{ ...base, train: { optimiser: "adam" } }, 'train.optimiser: expected one of "adamw", "muon", "sgd", found "adam"'],
  [
    { ...base, train: { exchange: "int8", outerEvery: 5 } },
    'train.outerEvery: expected only with exchange "diloco", not with "int8", found 5',
  ],
  [
    { ...base, train: { exchange: "diloco" }, search: { space: { "train.learningRate": { float: [0.1, 0.2] } } } },
    'train.exchange: expected another than "diloco" beside search: trials are judged by steps, of which it has rounds, found "diloco"',
  ],
  [
    { ...base, train: { momentum: 0.9 } },
    'train.momentum: expected only with optimiser "muon", "sgd", not with one that is derived, found 0.9',
  ],
  [
    { ...base, train: { schedule: "linear", decaySteps: 5 } },
    'train.decaySteps: expected only with schedule "wsd", not with "linear", found 5',
  ],
  [
    { ...base, train: { schedule: "cyclic", warmupSteps: 5 } },
    'train.warmupSteps: expected only with schedule "cosine", "linear", "wsd", "restarts", not with "cyclic", found 5',
  ],
  [
    { ...base, train: { optimiser: "sgd" } },
    'train.learningRate: expected a number with optimiser "sgd", since the derived rates are made for the others, found nothing',
  ],
  [
    { ...base, train: { optimiser: "sgd", learningRate: 0.1, beta1: 0.8 } },
    'train.beta1: expected only with optimiser "adamw", "muon", not with "sgd", found 0.8',
  ],
  [
    { ...base, train: { optimiser: "sgd", learningRate: 0.1, momentum: 0, nesterov: true } },
    "train.nesterov: expected only with a momentum above 0, found true",
  ],
  [{ ...base, train: { decayGroups: [] } }, "train.decayGroups: expected at least 1 entry, found []"],
  [{ ...base, train: { schedule: "cyclic", cycleSteps: 1 } }, "train.cycleSteps: expected at least 2, found 1"],
  [
    { ...base, train: { precision: "mixed", exchange: "int8" } },
    'train.precision: expected "float32" unless exchange is "exact": what overflows cannot be made up for later, found "mixed"',
  ],
  [{ ...base, train: { averageDecay: 1 } }, "train.averageDecay: expected less than 1, found 1"],
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

test.each<[Partial<RecipeInput["train"]>, string]>([
  [
    { nodes: 3 },
    "train.nodes 3 and train.leaves 8; a pipeline has a node for each stage and needs a leaf, so wanted train.nodes 2, 4, ... and at most 16",
  ],
  [{ exchange: "fp16" }, 'train.pipelineStages 2 with train.exchange "fp16"; stages exchange exactly'],
  [{ precision: "mixed" }, 'train.pipelineStages 2 with train.precision "mixed"; stages compute in float32'],
  [{ nodes: 4, leaves: 1 }, "wanted train.nodes 2, 4, ... and at most 2"],
  [
    { nodes: 6, pipelineStages: 6 },
    "train.pipelineStages 6 for model.layers 5; a stage needs a layer, so wanted at most 5",
  ],
])("planTraining() refuses a pipeline of %j", (train, message) => {
  const recipe = { ...base, model: { layers: 5 }, train: { pipelineStages: 2, ...train } };
  expect(() => planTraining(Recipe.parse(recipe), 1e6)).toThrow(message);
});

function trainOfStages(pipelineStages: number): object {
  return planTraining(Recipe.parse({ ...base, model: { layers: 5 }, train: { pipelineStages, nodes: 4 } }), 1e6).train;
}

test("planTraining() keeps the stages of a pipeline, and says nothing of them where there is one", () => {
  expect(trainOfStages(2)).toMatchObject({ pipelineStages: 2, nodes: 4 });
  expect(trainOfStages(1)).not.toHaveProperty("pipelineStages");
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

const trainOf = (train: object): ReturnType<typeof planTraining>["train"] =>
  planTraining(Recipe.parse({ ...base, train: { steps: 100, ...train } }), 1e6).train;

test("planTraining() gives an optimiser and a schedule what they have of their own, and nothing to others", () => {
  expect(trainOf({ optimiser: "adamw" })).toMatchObject({
    optimiser: { name: "adamw" },
    schedule: { name: "cosine" },
    warmupSteps: 5,
  });
  expect(trainOf({ exchange: "diloco", steps: 100 }).outerEvery).toBe(50);
  expect(() => trainOf({ exchange: "diloco", outerEvery: 7, steps: 100 })).toThrow(
    "100 steps are not whole rounds of train.outerEvery 7; wanted a multiple, as train.steps 105",
  );
  expect(trainOf({ optimiser: "muon" }).optimiser).toEqual({ name: "muon", momentum: 0.95, nesterov: true });
  const sgd = trainOf({ optimiser: "sgd", learningRate: 0.1, nesterov: true }).optimiser;
  expect(sgd).toEqual({ name: "sgd", momentum: 0.9, nesterov: true });
  expect(trainOf({ schedule: "wsd" }).schedule).toEqual({ name: "wsd", decaySteps: 20 });
  const cyclic = { schedule: { name: "cyclic", cycleSteps: 34 }, warmupSteps: 0 };
  expect(trainOf({ schedule: "cyclic" })).toMatchObject(cyclic);
  // 14 + 28 + 56 steps after 5 of warm-up.
  const restarts = { schedule: { name: "restarts", cycleSteps: 14, cycleFactor: 2 }, warmupSteps: 5 };
  expect(trainOf({ schedule: "restarts" })).toMatchObject(restarts);
});

const derived = (train: object, corpusBytes = 1e6): unknown => {
  const { optimiser, learningRate } = planTraining(Recipe.parse({ ...base, train }), corpusBytes).train;
  return [optimiser.name, learningRate];
};

test("planTraining() derives Muon and its learning rate for small corpora, and leaves AdamW to a learning rate of the recipe's", () => {
  expect(derived({})).toEqual(["muon", 0.01]);
  expect(derived({ optimiser: "adamw" })).toEqual(["adamw", 0.003]);
  expect(derived({ learningRate: 0.002 })).toEqual(["adamw", 0.002]);
  expect(derived({ device: "auto" })).toEqual(["muon", 0.01]);
  expect(derived({}, 1e8)).toEqual(["adamw", 0.0006]);
  expect(derived({ optimiser: "muon" }, 1e8)).toEqual(["muon", 0.0006]);
});

test("planTraining() refuses a schedule without a step at the peak", () => {
  const recipe = Recipe.parse({ ...base, train: { steps: 10, schedule: "wsd", warmupSteps: 5, decaySteps: 5 } });
  expect(() => planTraining(recipe, 1e6)).toThrow(
    "train.warmupSteps 5 and train.decaySteps 5 leave none of the 10 steps for the peak",
  );
});

test.each([
  [1, undefined, 1],
  [2, undefined, 1],
  [3, undefined, 1],
  [10, undefined, 2],
  [10, 8, 1],
  [10, 4, 2],
])("planTraining() derives a fall of wsd in %i steps with a warm-up of %s", (steps, warmupSteps, decaySteps) => {
  const { schedule } = trainOf({ schedule: "wsd", steps, warmupSteps });
  expect(schedule).toEqual({ name: "wsd", decaySteps });
});

test("planTraining() keeps a step at the peak of wsd, and refuses a warm-up that leaves none", () => {
  const wsd = { steps: 10, schedule: "wsd", warmupSteps: 5 };
  expect(trainOf({ ...wsd, decaySteps: 4 }).schedule).toEqual({ name: "wsd", decaySteps: 4 });
  expect(() => trainOf({ ...wsd, warmupSteps: 9 })).toThrow("leave none of the 10 steps for the peak");
});

test("planTraining() derives cycles that reach the peak", () => {
  expect(trainOf({ schedule: "cyclic", steps: 2 }).schedule).toEqual({ name: "cyclic", cycleSteps: 2 });
});

test("planTraining() derives a weight decay for all but SGD", () => {
  expect(["adamw", "muon"].map((optimiser) => trainOf({ optimiser }).weightDecay)).toEqual([0.1, 0.1]);
  const sgd = { optimiser: "sgd", learningRate: 0.1 };
  expect(trainOf(sgd).weightDecay).toBe(0);
  expect(trainOf({ ...sgd, weightDecay: 0.2 }).weightDecay).toBe(0.2);
});

test("planTraining() says which groups decay in one way", () => {
  const repeated = ["embeddings", "hidden", "hidden"];
  expect(trainOf({ decayGroups: repeated }).decayGroups).toBeUndefined();
  expect(trainOf({ decayGroups: ["biases", "hidden", "biases"] }).decayGroups).toEqual(["hidden", "biases"]);
});

function withTasks(tasks: object[], gates: object): string[] {
  const input = { name: "docs", sources: [{ path: "docs" }], evaluation: { tasks }, deploy: { gates } };
  const issues = Recipe.safeParse(input).error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

test("a recipe's gates name its tasks or next_token_accuracy, and its tasks have names of their own", () => {
  const words = { name: "words", path: "words.jsonl", kind: "cloze" };
  expect(withTasks([words], { words: 0.2, next_token_accuracy: 0.1 })).toEqual([]);
  expect(withTasks([words], { word: 0.2 })).toEqual([
    "deploy.gates.word: expected the name of one of evaluation.tasks or next_token_accuracy",
  ]);
  expect(withTasks([words, words], {})).toEqual(["evaluation.tasks: expected tasks of different names"]);
  expect(withTasks([{ ...words, name: "next_token_accuracy" }], {})).toHaveLength(1);
});

function complaintsOf(space: object, more = {}): string[] {
  const input = { name: "docs", sources: [{ path: "docs" }], search: { space, ...more } };
  const parsed = Recipe.safeParse(input);
  return parsed.success ? [] : problemsOf(parsed.error, input, Recipe).map(({ message }) => message);
}

test("a recipe's search varies keys that there are, within what they may be", () => {
  const rate = { float: [1e-4, 1e-2], log: true };
  expect(complaintsOf({ "train.learningRate": rate, "train.optimiser": { choices: ["adamw", "muon"] } })).toEqual([]);
  expect(complaintsOf({ "model.layers": { integer: [2, 6] } }, { method: "grid", pruner: "none" })).toEqual([]);
  expect(complaintsOf({})).toEqual([expect.stringContaining("search.space: expected at least one key")]);
  expect(complaintsOf({ "corpus.scrub": { choices: [true] } })).toEqual([
    'search.space: expected only known keys, not "corpus.scrub"',
  ]);
  expect(complaintsOf({ "model.layers": { low: 2 } })).toEqual([
    expect.stringContaining("expected { float: [low, high] }"),
  ]);
  expect(complaintsOf({ "train.learningRate": { float: [0.1, 0.01] } })).toEqual([
    expect.stringContaining("expected two numbers, the lower one first"),
  ]);
  expect(complaintsOf({ "train.weightDecay": { float: [0, 0.1], log: true } })).toEqual([
    expect.stringContaining("expected false, or bounds above 0"),
  ]);
  expect(complaintsOf({ "train.learningRate": { float: [0.1, 5] } })).toEqual([
    expect.stringContaining("expected values that train.learningRate may have, found 5"),
  ]);
  expect(complaintsOf({ "model.layers": { float: [2, 6] } })).toEqual([
    expect.stringContaining("expected values that model.layers may have, found 2.5"),
  ]);
  expect(complaintsOf({ "train.optimiser": { choices: ["adamw", "adagrad"] } })).toEqual([
    expect.stringContaining('expected values that train.optimiser may have, found "adagrad"'),
  ]);
});

test("withValues() puts a trial's values in place of the search", () => {
  const recipe = Recipe.parse({
    name: "docs",
    sources: [{ path: "docs" }],
    search: { space: { "train.learningRate": { float: [0.001, 0.01] } } },
  });
  const own = Recipe.parse(withValues(recipe, { "train.learningRate": 0.004, "model.layers": 3 }));
  expect(own.search).toBeUndefined();
  expect(own).toMatchObject({ train: { learningRate: 0.004, nodes: 2 }, model: { layers: 3 } });
});
