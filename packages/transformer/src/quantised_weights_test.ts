import { integerFeed, relativeDistance, runModel } from "@millrace/tensor/testing";
import { expect, test } from "vitest";
import { logitsGraph } from "./logits_graph.ts";
import { quantisedWeights } from "./quantised_weights.ts";
import { livelyParameters, output, parameterFeeds, TINY, VARIANTS } from "./testing/tiny_model.ts";

test.each(Object.entries(VARIANTS))(
  "quantisedWeights() of %s score as the full ones do, to 8 bits",
  async (_, config) => {
    const parameters = livelyParameters(config);
    const { contextLength, vocabularySize } = config;
    const tokens = integerFeed(
      "int32",
      Array.from({ length: contextLength }, (__, index) => (index * 5 + 3) % vocabularySize),
      [1, contextLength],
    );
    const full = await runModel(logitsGraph(config, { batch: 1 }).model, {
      ...parameterFeeds(config, parameters),
      tokens,
    });
    const { model } = logitsGraph(config, { batch: 1, quantise: parameters });
    const found = output(await runModel(model, { tokens }), "logits");
    // Each product loses up to half a step of 127 on either side; a matrix read the wrong way is off by the logits themselves.
    expect(relativeDistance(found, output(full, "logits"))).toBeLessThan(0.05);
  },
);

test("quantisedWeights() refuses a vector of another size", () => {
  expect(() => quantisedWeights(TINY, new Float32Array(16))).toThrow("found 16 parameters, wanted");
});
