import { integerFeed, runModel, type Feed } from "@millrace/tensor/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AdapterConfig, adapterLayout } from "./adapters.ts";
import type { ModelConfig } from "./config.ts";
import { parameterLayout } from "./parameter_layout.ts";
import {
  headGraph,
  headParameters,
  passageParameters,
  sharedTable,
  stageBackwardGraph,
  stageForwardGraph,
} from "./stage_graphs.ts";
import { modelStages, type ReadParameters } from "./stages.ts";
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

/** Parameters and adapters, all of them lively. */
function feedsFor(config: ModelConfig, adapters: AdapterConfig | undefined): Record<string, Feed> {
  const parameters = parameterFeeds(config, livelyParameters(config));
  if (adapters === undefined) return parameters;
  const matrices = adapterLayout(config, adapters).map(({ name, shape, offset, size }) => {
    const data = Float64Array.from({ length: size }, (_, index) => Math.fround(0.3 * Math.sin((offset + index) ** 2)));
    return [name, { type: "float32" as const, data, shape }] as const;
  });
  return { ...parameters, ...Object.fromEntries(matrices) };
}

/** A leaf's loss and gradients, stage after stage. */
async function inStages(
  config: ModelConfig,
  count: number,
  adapters?: AdapterConfig,
): Promise<Record<string, Float64Array>> {
  const weights = feedsFor(config, adapters);
  const feedsOf = ({ fixed, trained }: ReadParameters): Record<string, Feed> =>
    Object.fromEntries([...fixed, ...trained].map(({ name }) => [name, weights[name]!]));
  const stages = modelStages(config, count, adapters);
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
    const shared = sharedTable(config, stage);
    const ofHead = shared && {
      [`head.${shared.name}`]: { type: "float32" as const, ...output(head, `grad.${shared.name}`) },
    };
    const feeds = { ...received[stage.index], cotangent: { type: "float32" as const, ...cotangent }, ...ofHead };
    const wayBack = stageBackwardGraph(config, stage, options);
    const back = wayBack ? await runModel(wayBack.model, feeds) : {};
    keep(back);
    if (stage.index > 0) cotangent = output(back, "returned");
  }
  return found;
}

const ADAPTERS: AdapterConfig = { rank: 2, alpha: 3, targets: ["feedForward"] };
const RATES = { embedding: 0.1, attention: 0.3, residual: 0.2 };
const CASES: Readonly<Record<string, ModelConfig>> = {
  ...VARIANTS,
  "gpt2 with dropout": { ...TINY, dropout: RATES },
  "gpt2 with heads of eight": { ...TINY, width: 16, heads: 2 },
  "gpt2 whose first stage has no block": { ...TINY, vocabularySize: 400 },
  "llama with dropout": { ...TINY, architecture: "llama", dropout: { attention: 0.3 } },
};

test.each(Object.entries(CASES))(
  "the graphs of the stages of %s give the loss and the gradients of the whole graph, to the bit",
  async (_, variant) => {
    const config = { ...variant, layers: 3 };
    for (const adapters of [undefined, ADAPTERS]) {
      const whole = await runModel(trainingGraph(config, { batch: BATCH, adapters }).model, {
        ...feedsFor(config, adapters),
        ...(hasDropout(config) && { draw: integerFeed("int32", [5, 3, 2], [3]) }),
        tokens,
        targets,
      });
      const wanted = Object.fromEntries(Object.entries(whole).map(([name, { data }]) => [name, data]));
      for (const count of adapters ? [2] : [1, 2, 3]) {
        expect(await inStages(config, count, adapters), `${count} stages`).toEqual(wanted);
      }
    }
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
