import { integerFeed, runModel } from "@millrace/tensor/testing";
import { describe, expect, test } from "vitest";
import { logitsGraph } from "./logits_graph.ts";
import { scoresGraph } from "./scores_graph.ts";
import { livelyParameters, output, parameterFeeds, VARIANTS } from "./testing/tiny_model.ts";

const BATCH = 2;

describe.each(Object.entries(VARIANTS))("scoresGraph() of %s", (_, config) => {
  test("gives each target's nats and rank as they follow from the logits, and nothing where it is left out", async () => {
    const { contextLength, vocabularySize } = config;
    const rows = BATCH * contextLength;
    const tokens = Array.from({ length: rows }, (_, at) => (at * 5 + 3) % vocabularySize);
    const targets = Array.from({ length: rows }, (_, at) => (at % 5 === 4 ? -1 : (at * 7) % vocabularySize));
    const feeds = {
      ...parameterFeeds(config, livelyParameters(config)),
      tokens: integerFeed("int32", tokens, [BATCH, contextLength]),
    };
    const scored = await runModel(scoresGraph(config, { batch: BATCH }).model, {
      ...feeds,
      targets: integerFeed("int32", targets, [BATCH, contextLength]),
    });
    const logits = output(await runModel(logitsGraph(config, { batch: BATCH }).model, feeds), "logits").data;
    for (const [row, target] of targets.entries()) {
      const nats = output(scored, "nats").data[row];
      if (target < 0) {
        expect(Math.abs(nats!)).toBe(0);
        continue;
      }
      const scores = Array.from(logits.slice(row * vocabularySize, (row + 1) * vocabularySize), Number);
      const sum = scores.reduce((total, score) => total + Math.exp(score), 0);
      expect(nats).toBeCloseTo(Math.log(sum) - scores[target]!, 4);
      const rank = scores.filter((score) => score >= scores[target]!).length;
      expect(output(scored, "rank").data[row]).toBe(rank);
    }
  });
});
