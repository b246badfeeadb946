import { integerFeed, runModel, type Feed } from "@millrace/tensor/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelConfig } from "./config.ts";
import { parameterLayout } from "./parameter_layout.ts";
import { headGraph, headParameters, passageParameters, stageBackwardGraph, stageForwardGraph } from "./stage_graphs.ts";
import { modelStages } from "./stages.ts";
import { livelyParameters, output, parameterFeeds, TINY, VARIANTS } from "./testing/tiny_model.ts";
import { hasDropout, trainingGraph } from "./training_graph.ts";

const BATCH = 2;
const rows = [BATCH, TINY.contextLength];
const ids = (from: (index: number) => number): Feed =>
  integerFeed(
    "int32",
    Array.from({ length: BATCH * TINY.contextLength }, (_, index) => from(index)),
    rows,
  );
const tokens = ids((index) => (index * 5 + 3) % TINY.vocabularySize);
const targets = ids((index) => (index % 5 === 4 ? -1 : (index * 7) % TINY.vocabularySize));

/** A leaf's loss and gradients, stage after stage. */
async function inStages(config: ModelConfig, count: number): Promise<Record<string, Float64Array>> {
  const weights = parameterFeeds(config, livelyParameters(config));
  const feedsOf = (parameters: readonly { readonly name: string }[]): Record<string, Feed> =>
    Object.fromEntries(parameters.map(({ name }) => [name, weights[name]!]));
  const stages = modelStages(config, count);
  const options = { batch: BATCH, draws: hasDropout(config) };
  const draw = options.draws ? { draw: integerFeed("int32", [5, 3, 2], [3]) } : {};
  const found: Record<string, Float64Array> = {};
  const keep = (outputs: Awaited<ReturnType<typeof runModel>>): void => {
    for (const [name, { data }] of Object.entries(outputs)) if (name !== "returned") found[name] = data;
  };

  const received: Record<string, Feed>[] = [];
  let fed: Record<string, Feed> = { tokens };
  for (const stage of stages) {
    const own = { ...feedsOf(passageParameters(config, stage)), ...fed, ...draw };
    received.push(own);
    const given = output(await runModel(stageForwardGraph(config, stage, options).model, own), "given");
    fed = { received: { type: "float32", ...given } };
  }
  const [first] = stages;
  const head = await runModel(headGraph(config, first!, BATCH, "gradients").model, {
    ...feedsOf(headParameters(config, first!)),
    ...fed,
    targets,
  });
  keep(head);
  let cotangent = output(head, "returned");
  for (const stage of stages.toReversed()) {
    const shared = headParameters(config, first!).find(({ name }) =>
      passageParameters(config, stage).some((own) => own.name === name),
    );
    const ofHead = shared && {
      [`head.${shared.name}`]: { type: "float32" as const, ...output(head, `grad.${shared.name}`) },
    };
    const feeds = { ...received[stage.index], cotangent: { type: "float32" as const, ...cotangent }, ...ofHead };
    const back = await runModel(stageBackwardGraph(config, stage, options).model, feeds);
    keep(back);
    if (stage.index > 0) cotangent = output(back, "returned");
  }
  return found;
}

const RATES = { embedding: 0.1, attention: 0.3, residual: 0.2 };
const CASES: Readonly<Record<string, ModelConfig>> = {
  ...VARIANTS,
  "gpt2 with dropout": { ...TINY, dropout: RATES },
  "gpt2 with heads of eight": { ...TINY, width: 16, heads: 2 },
  "llama with dropout": { ...TINY, architecture: "llama", dropout: { attention: 0.3 } },
};

test.each(Object.entries(CASES))(
  "the graphs of the stages of %s give the loss and the gradients of the whole graph, to the bit",
  async (_, variant) => {
    const config = { ...variant, layers: 3 };
    const whole = await runModel(trainingGraph(config, { batch: BATCH }).model, {
      ...parameterFeeds(config, livelyParameters(config)),
      ...(hasDropout(config) && { draw: integerFeed("int32", [5, 3, 2], [3]) }),
      tokens,
      targets,
    });
    const wanted = Object.fromEntries(Object.entries(whole).map(([name, { data }]) => [name, data]));
    for (const count of [1, 2, 3]) expect(await inStages(config, count), `${count} stages`).toEqual(wanted);
  },
);

function blocksOf(vocabularySize: number): number[] {
  const stages = modelStages({ ...TINY, layers: 8, vocabularySize }, 2);
  return stages.map(({ blocks }) => blocks.end - blocks.start);
}

describe("modelStages()", () => {
  test("modelStages() gives every parameter to one stage, and every stage but the first a block", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(VARIANTS)),
        fc.integer({ min: 1, max: 14 }),
        fc.integer({ min: 1, max: 14 }),
        fc.integer({ min: 1, max: 3000 }),
        (variant, layers, count, vocabularySize) => {
          fc.pre(count <= layers);
          const config = { ...variant, layers, vocabularySize };
          const stages = modelStages(config, count);
          const names = stages.flatMap(({ layout }) => layout.map(({ name }) => name));
          expect(names.toSorted()).toEqual(parameterLayout(config).map(({ name }) => name));
          expect(stages.map(({ blocks }) => blocks.start)).toEqual([
            0,
            ...stages.slice(0, -1).map(({ blocks }) => blocks.end),
          ]);
          expect(stages.at(-1)?.blocks.end).toBe(layers);
          for (const { blocks } of stages.slice(1)) expect(blocks.end).toBeGreaterThan(blocks.start);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("modelStages() gives the first stage fewer blocks, the more the vocabulary weighs", () => {
    expect(blocksOf(2)).toEqual([4, 4]);
    expect(blocksOf(400)).toEqual([2, 6]);
    expect(blocksOf(100_000)).toEqual([0, 8]);
  });

  test("modelStages() refuses more stages than layers", () => {
    expect(() => modelStages(TINY, 3)).toThrow("cutting a model of 2 layers: found 3 stages, wanted 1 to 2");
  });
});
