import { planTraining, Recipe } from "@millrace/contracts";
import { expect, test } from "vitest";
import { type Estimate, estimate } from "./estimate.ts";
import { searchedEstimate } from "./searched_estimate.ts";

const recipe = Recipe.parse({ name: "tiny", sources: [{ path: "docs" }], train: { optimiser: "adamw" } });
const MACHINE = { cores: 2 };

test("estimate() grows with the steps, in time but not in memory", () => {
  const plan = planTraining(recipe, 1e6);
  const longer = { ...plan, train: { ...plan.train, steps: plan.train.steps * 2 } };
  const [short, long] = [estimate(plan, 1e6, 1e6, true, MACHINE), estimate(longer, 1e6, 1e6, true, MACHINE)];
  expect(long.seconds.training).toBeCloseTo(short.seconds.training * 2);
  expect(long.memoryBytes).toBe(short.memoryBytes);
});

test("estimate() gains nothing from more nodes than cores, which only take memory", () => {
  const plan = planTraining(recipe, 1e6);
  const more = { ...plan, train: { ...plan.train, nodes: 8 } };
  const [two, eight] = [estimate(plan, 1e6, 1e6, true, MACHINE), estimate(more, 1e6, 1e6, true, MACHINE)];
  expect(eight.seconds.training).toBeCloseTo(two.seconds.training);
  expect(eight.memoryBytes).toBeGreaterThan(two.memoryBytes);
});

test("estimate() counts what an optimiser remembers, a moving average, and Muon's operations in each node", () => {
  const parameters = 1e6;
  const of = (train: object): ReturnType<typeof estimate> =>
    estimate(planTraining({ ...recipe, train: { ...recipe.train, ...train } }, 1e6), parameters, 1e6, true, MACHINE);
  const adamW = of({});
  expect(adamW.stateBytes).toBe(2 * 4 * 4 * parameters);
  expect(of({ optimiser: "sgd" }).stateBytes).toBe(2 * 4 * 3 * parameters);
  expect(of({ averageDecay: 0.99 }).stateBytes).toBe(2 * 4 * 5 * parameters);
  const [two, four] = [2, 4].map((nodes) => of({ optimiser: "muon", nodes }).seconds.training) as [number, number];
  expect(two).toBeGreaterThan(adamW.seconds.training);
  expect(four).toBeGreaterThan(two);
});

function basisOf(pipelineStages: number, trained: number): string {
  const plan = planTraining({ ...recipe, train: { ...recipe.train, pipelineStages } }, 1e6);
  return estimate(plan, 1e6, 1e6, true, MACHINE, trained).basis.join();
}

/** Operations a parameter and token that an estimate goes by. */
function operationsOf(...given: Parameters<typeof basisOf>): number {
  return Number(/(\d+) operations a parameter/.exec(basisOf(...given))?.[1]);
}

test("estimate() counts that stages go forward twice, whether all of a model is trained or adapters beside it", () => {
  expect([operationsOf(1, 1e6), operationsOf(2, 1e6)]).toEqual([6, 8]);
  expect([operationsOf(1, 9), operationsOf(2, 9)]).toEqual([4, 6]);
  expect(basisOf(2, 9)).toContain("in each node its stage's share of the parameters, 5 vectors of the adapters");
  expect(basisOf(1, 9)).toContain("in each node the parameters, 5 vectors of the adapters");
});

test("estimate() never exceeds the recipe's time limit", () => {
  const plan = planTraining({ ...recipe, train: { ...recipe.train, timeLimitSeconds: 5 } }, 1e8);
  expect(estimate(plan, 1e8, 1e8, true, MACHINE).seconds.training).toBe(5);
});

test("estimate() counts no training when the recipe stops after the corpus", () => {
  const { seconds, basis } = estimate(planTraining(recipe, 1e6), 1e6, 1e6, false, MACHINE);
  expect(seconds).toMatchObject({ training: 0, total: seconds.corpus });
  expect(basis).toHaveLength(1);
});

test("searchedEstimate() counts each trial by its own values, and the corpus once for all", () => {
  const plan = planTraining(recipe, 1e6);
  const [small, large] = [1e6, 4e6].map((parameters) => estimate(plan, parameters, 1e6, true, MACHINE)) as [
    Estimate,
    Estimate,
  ];
  const search = {
    space: {},
    method: "random",
    trials: 3,
    parallel: 2,
    pruner: "none",
    reduction: 3,
    seed: 1,
  } as const;
  const { seconds, coreSeconds, memoryBytes, basis } = searchedEstimate([small, small, large], large, search);
  expect(seconds.training).toBeCloseTo(2 * small.seconds.training + large.seconds.training);
  expect(seconds.corpus).toBe(small.seconds.corpus);
  expect(coreSeconds).toBeCloseTo(2 * small.coreSeconds + large.coreSeconds - 2 * small.seconds.corpus);
  expect(memoryBytes).toBe(large.memoryBytes + large.stateBytes);
  expect(basis.at(-1)).toMatch(/^search: at most 3 trials, 2 at once, each with its own values;/);
});
