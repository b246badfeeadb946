import { gradients, input, withoutRepeats } from "@millrace/tensor";
import {
  evaluate,
  integerFeed,
  operationCounts,
  relativeDistance,
  runModel,
  type Feed,
} from "@millrace/tensor/testing";
import { describe, expect, test } from "vitest";
import type { ModelConfig } from "./config.ts";
import { type AdapterConfig, adapterLayout } from "./adapters.ts";
import { initialParameters } from "./initial_parameters.ts";
import { parameterLayout, vectorSize } from "./parameter_layout.ts";
import { livelyParameters, output, parameterFeeds, TINY, VARIANTS } from "./testing/tiny_model.ts";
import {
  activationBytes,
  flatLossGraph,
  flatTrainingGraph,
  hasDropout,
  lossGraph,
  lossTensors,
  trainingGraph,
} from "./training_graph.ts";

const BATCH = 2;
const ROWS = BATCH * TINY.contextLength;
const TOKENS = Array.from({ length: ROWS }, (_, index) => (index * 5 + 3) % TINY.vocabularySize);
const TARGETS = Array.from({ length: ROWS }, (_, index) => (index % 5 === 4 ? -1 : (index * 7) % TINY.vocabularySize));
const SHAPE = [BATCH, TINY.contextLength];

const DRAW = integerFeed("int32", [5, 3, 2], [3]);

function feedsOf(parameters: Float32Array, config = TINY): Record<string, Feed> {
  return {
    ...parameterFeeds(config, parameters),
    ...(hasDropout(config) ? { draw: DRAW } : {}),
    tokens: integerFeed("int32", TOKENS, SHAPE),
    targets: integerFeed("int32", TARGETS, SHAPE),
  };
}

function flatFeed(vector: Float32Array): Feed {
  return { type: "float32", data: Float64Array.from(vector), shape: [vector.length] };
}

const RATES = { embedding: 0.1, attention: 0.3, residual: 0.2 };
const CASES: Readonly<Record<string, ModelConfig>> = {
  ...VARIANTS,
  "gpt2 with heads of eight, which attend in one operation": { ...TINY, layers: 1, width: 16 },
  "gpt2 with dropout": { ...TINY, dropout: RATES },
  "llama with dropout": { ...TINY, architecture: "llama", dropout: { attention: 0.3 } },
};

describe.each(Object.entries(CASES))("trainingGraph() of %s", (_, config) => {
  const draw = hasDropout(config) ? input("draw", "int32", [3]) : undefined;
  const { lossSum, parameters } = lossTensors(config, { batch: BATCH }, draw);
  const feeds = feedsOf(livelyParameters(config), config);

  test("trainingGraph() has the gradient that central differences of the whole model give", () => {
    const wanted = evaluate(gradients(lossSum, parameters), feeds);
    const step = 1e-5;
    parameterLayout(config).forEach(({ name }, which) => {
      const feed = feeds[name];
      const gradient = wanted[which];
      if (feed === undefined || gradient === undefined) throw new Error(`${name} is missing`);
      const direction = feed.data.map((_, index) => Math.cos(index * index + which));
      const [above = NaN, below = NaN] = [step, -step].map((distance) => {
        const data = feed.data.map((value, index) => value + distance * (direction[index] ?? 0));
        return evaluate([lossSum], { ...feeds, [name]: { ...feed, data } })[0]?.data[0];
      });
      const slope = gradient.data.reduce((sum, value, index) => sum + value * (direction[index] ?? 0), 0);
      // Central differences leave O(step^2) = 1e-10 of truncation and 1e-11 of rounding, times the model's curvature.
      expect(Math.abs((above - below) / (2 * step) - slope), name).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
    });
  });

  test("trainingGraph() gives on ONNX Runtime the loss and gradients of the reference", async () => {
    const results = await runModel(trainingGraph(config, { batch: BATCH }).model, feeds);
    const [loss, ...wanted] = evaluate([lossSum, ...gradients(lossSum, parameters)], feeds);
    expect(output(results, "loss_sum").data[0]).toBeCloseTo(loss?.data[0] ?? NaN, 4);
    expect(output(results, "target_count").data[0]).toBe(TARGETS.filter((target) => target >= 0).length);
    parameterLayout(config).forEach(({ name, shape, frozen }, which) => {
      const found = output(results, `grad.${name}`);
      expect(found.shape).toEqual(shape);
      if (frozen) {
        expect(found.data.every((value) => value === 0)).toBe(true);
        return;
      }
      const reference = wanted[which];
      // float32 through two blocks: about a hundred units in the last place.
      expect(reference === undefined ? Infinity : relativeDistance(found, reference), name).toBeLessThan(1e-5);
    });
  });
});

test.each(Object.entries(CASES))(
  "trainingGraph() of %s that computes blocks again gives the same bits and keeps less",
  async (_, config) => {
    const feeds = feedsOf(livelyParameters(config), config);
    const again = { batch: BATCH, recompute: true };
    const found = await runModel(trainingGraph(config, again).model, feeds);
    expect(found).toEqual(await runModel(trainingGraph(config, { batch: BATCH }).model, feeds));
    expect(activationBytes(config, again)).toBeLessThan(0.6 * activationBytes(config, { batch: BATCH }));
  },
);

describe("trainingGraph()", () => {
  const feeds = feedsOf(livelyParameters(TINY));

  test("trainingGraph() ignores what a sequence without targets holds", async () => {
    const { model } = trainingGraph(TINY, { batch: BATCH });
    const half = TINY.contextLength;
    const targets = integerFeed(
      "int32",
      TARGETS.map((target, index) => (index < half ? target : -1)),
      SHAPE,
    );
    const other = TOKENS.with(half, (TOKENS[half] ?? 0) + 1);
    const before = await runModel(model, { ...feeds, targets });
    const after = await runModel(model, { ...feeds, targets, tokens: integerFeed("int32", other, SHAPE) });
    expect(after).toEqual(before);
  });

  test("trainingGraph() starts at the loss of a uniform guess and descends along its gradient", async () => {
    const fresh = initialParameters(TINY, 3);
    const { model } = trainingGraph(TINY, { batch: BATCH });
    const losses: number[] = [];
    for (let step = 0; step < 40; step++) {
      const results = await runModel(model, feedsOf(fresh));
      const count = output(results, "target_count").data[0] ?? NaN;
      losses.push((output(results, "loss_sum").data[0] ?? NaN) / count);
      for (const { name, offset } of parameterLayout(TINY)) {
        output(results, `grad.${name}`).data.forEach((value, index) => {
          fresh[offset + index] = (fresh[offset + index] ?? NaN) - (0.5 * value) / count;
        });
      }
    }
    expect(losses[0]).toBeCloseTo(Math.log(TINY.vocabularySize), 1);
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? NaN));
  });

  test("trainingGraph() of a configuration of before there were variants has the bytes of then", async () => {
    const { model } = trainingGraph(
      { ...TINY, vocabularySize: 2048, contextLength: 128, layers: 4, heads: 4, width: 128 },
      { batch: 2 },
    );
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", Uint8Array.from(model)));
    // Whoever changes this hash on purpose has shown that checkpoints stay what they were, or has told why not.
    expect(digest.toString("hex").slice(0, 16)).toBe("9715ddf789a7063e");
  });

  test("trainingGraph() gives the same bytes each time, and refuses an empty batch", () => {
    expect(trainingGraph(TINY, { batch: 3 })).toEqual(trainingGraph(TINY, { batch: 3 }));
    expect(() => trainingGraph(TINY, { batch: 0 })).toThrow("found batch 0, wanted a positive integer");
  });
});

test.each(Object.entries({ ...CASES, "gpt2 with gaps": { ...TINY, width: 10 } }))(
  "flatTrainingGraph() and flatLossGraph() of %s give what the graphs by name give",
  async (_, config) => {
    const parameters = livelyParameters(config);
    const byName = feedsOf(parameters, config);
    const rest = Object.fromEntries(
      ["tokens", "targets", "draw"].flatMap((name) => (byName[name] === undefined ? [] : [[name, byName[name]]])),
    );
    const { draw: __, ...withoutDraw } = rest;
    const flat = flatFeed(parameters);
    const wanted = await runModel(trainingGraph(config, { batch: BATCH }).model, byName);
    const found = await runModel(flatTrainingGraph(config, { batch: BATCH }).model, { ...rest, parameters: flat });
    expect(output(found, "loss_sum")).toEqual(output(wanted, "loss_sum"));
    const gradient = output(found, "gradient").data;
    for (const { name, offset, size } of parameterLayout(config)) {
      expect(gradient.subarray(offset, offset + size), name).toEqual(output(wanted, `grad.${name}`).data);
      gradient.fill(0, offset, offset + size);
    }
    expect(gradient.every((value) => value === 0)).toBe(true);
    const loss = await runModel(flatLossGraph(config, { batch: BATCH }).model, { ...withoutDraw, parameters: flat });
    expect(output(loss, "target_count")).toEqual(output(wanted, "target_count"));
    if (!hasDropout(config)) {
      expect(output(loss, "loss_sum").data[0]).toBeCloseTo(output(wanted, "loss_sum").data[0] ?? NaN, 4);
    }
  },
);

test.each([
  ["gpt2 that attends in one", { ...TINY, width: 16 }, [214, 79], [210, 20]],
  ["gpt2", TINY, [226, 70], [224, 18]],
  ["llama", { ...TINY, architecture: "llama" }, [279, 62], [277, 19]],
] as const)(
  "withoutRepeats() leaves fewer operations and constants of the training graph of %s",
  (_, config, ...wanted) => {
    const { lossSum, targetCount, parameters } = lossTensors(config, { batch: BATCH });
    const outputs = [lossSum, targetCount, ...gradients(lossSum, parameters)];
    const counts = [outputs, withoutRepeats(outputs)].map(operationCounts);
    expect(counts.map(({ operations, constants }) => [operations, constants])).toEqual(wanted);
  },
);

test.each(["gpt2", "llama"] as const)(
  "flatTrainingGraph() of adapters of %s gives what the graph by name gives, and with a vocabulary that is filled up nearly so",
  async (architecture) => {
    const config: ModelConfig = { ...TINY, architecture };
    const adapters: AdapterConfig = { rank: 2, alpha: 3, targets: ["attention", "feedForward"] };
    const layout = adapterLayout(config, adapters);
    const vector = Float32Array.from({ length: vectorSize(layout) }, (_, at) => Math.sin(at) / 4);
    const named = Object.fromEntries(
      layout.map(({ name, shape, offset, size }) => {
        const data = Float64Array.from(vector.subarray(offset, offset + size));
        return [name, { type: "float32", data, shape } as const];
      }),
    );
    const base = livelyParameters(config);
    const { tokens, targets } = feedsOf(base, config) as { tokens: Feed; targets: Feed };
    const wanted = await runModel(trainingGraph(config, { batch: BATCH, adapters }).model, {
      ...feedsOf(base, config),
      ...named,
    });
    for (const dialect of ["onnxruntime", "webgpu"] as const) {
      const { model } = flatTrainingGraph(config, { batch: BATCH, adapters, dialect });
      const found = await runModel(model, { frozen: flatFeed(base), parameters: flatFeed(vector), tokens, targets });
      const gradient = output(found, "gradient").data;
      for (const { name, shape, offset, size } of layout) {
        const part = { data: gradient.subarray(offset, offset + size), shape };
        const limit = dialect === "webgpu" ? 1e-5 : 0;
        expect(relativeDistance(part, output(wanted, `grad.${name}`)), name).toBeLessThanOrEqual(limit);
      }
    }
  },
);

test("flatTrainingGraph() for a card fills the vocabulary up, and nothing of what it adds is chosen or learnt", async () => {
  const parameters = livelyParameters(TINY);
  const { tokens, targets } = feedsOf(parameters) as { tokens: Feed; targets: Feed };
  const flat = flatFeed(parameters);
  const [wanted, found] = await Promise.all(
    (["onnxruntime", "webgpu"] as const).map((dialect) =>
      runModel(flatTrainingGraph(TINY, { batch: BATCH, dialect }).model, { parameters: flat, tokens, targets }),
    ),
  );
  expect(TINY.vocabularySize % 64).not.toBe(0);
  for (const name of ["loss_sum", "gradient"]) {
    expect(relativeDistance(output(found!, name), output(wanted!, name)), name).toBeLessThan(1e-5);
  }
});

test("lossGraph() gives the loss and the count of trainingGraph()", async () => {
  const feeds = feedsOf(livelyParameters(TINY));
  const training = await runModel(trainingGraph(TINY, { batch: BATCH }).model, feeds);
  const loss = await runModel(lossGraph(TINY, { batch: BATCH }).model, feeds);
  expect(Object.keys(loss)).toEqual(["loss_sum", "target_count"]);
  expect(loss["target_count"]).toEqual(training["target_count"]);
  expect(loss["loss_sum"]?.data[0]).toBeCloseTo(training["loss_sum"]?.data[0] ?? NaN, 4);
});
