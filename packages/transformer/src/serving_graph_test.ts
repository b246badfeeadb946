import { evaluate, integerFeed } from "@millrace/tensor/testing";
import { describe, expect, test } from "vitest";
import type { ModelConfig } from "./config.ts";
import { servingGraph } from "./serving_graph.ts";
import { slotHost } from "./testing/slot_host.ts";
import { livelyParameters, parameterFeeds, TINY, VARIANTS } from "./testing/tiny_model.ts";
import { lossTensors } from "./training_graph.ts";

const { contextLength, vocabularySize } = TINY;
const SEQUENCE = Array.from({ length: contextLength }, (_, index) => (index * 5 + 3) % vocabularySize);
const OTHER = SEQUENCE.map((token) => (token * 3 + 1) % vocabularySize);

/** Scores after each token of a sequence, by the training graph in float64. */
function trainingScores(config: ModelConfig, sequence: readonly number[]): readonly Float64Array[] {
  const { logits } = lossTensors(config, { batch: 1 });
  const feeds = {
    ...parameterFeeds(config, livelyParameters(config)),
    tokens: integerFeed("int32", sequence, [1, contextLength]),
  };
  const data = evaluate([logits], feeds)[0]?.data ?? new Float64Array();
  return sequence.map((_, token) => data.subarray(token * vocabularySize, (token + 1) * vocabularySize));
}

/** float32 through two blocks, scores of order 1: about a hundred units in the last place. */
function expectClose(found: Float64Array | undefined, wanted: Float64Array | undefined): void {
  const distances = found?.map((score, index) => Math.abs(score - (wanted?.[index] ?? NaN))) ?? [NaN];
  expect(Math.max(...distances)).toBeLessThan(1e-5);
}

describe.each(Object.entries(VARIANTS))("servingGraph() of %s", (_, config) => {
  const parameters = livelyParameters(config);
  const wanted = [trainingScores(config, SEQUENCE), trainingScores(config, OTHER)] as const;

  test("servingGraph() scores as the training graph does when tokens come one by one", async () => {
    const host = slotHost(config, parameters, 2);
    for (let token = 0; token < contextLength; token++) {
      const scores = await host.append(1, [[SEQUENCE[token] ?? 0], [OTHER[token] ?? 0]]);
      expectClose(scores[0], wanted[0][token]);
      expectClose(scores[1], wanted[1][token]);
    }
  });

  test("servingGraph() scores as the training graph does when prompts of different lengths are read at once", async () => {
    const host = slotHost(config, parameters, 2);
    const read = await host.append(4, [SEQUENCE.slice(0, 4), OTHER.slice(0, 2)]);
    expectClose(read[0], wanted[0][3]);
    expectClose(read[1], wanted[1][1]);
    const decoded = await host.append(1, [SEQUENCE.slice(4, 5), OTHER.slice(2, 3)]);
    expectClose(decoded[0], wanted[0][4]);
    expectClose(decoded[1], wanted[1][2]);
    // Slot 0's row of four runs past the context here; its padding must do no harm.
    const again = await host.append(4, [SEQUENCE.slice(5, 8), OTHER.slice(3, 7)]);
    expectClose(again[0], wanted[0][7]);
    expectClose(again[1], wanted[1][6]);
  });
});

describe("servingGraph()", () => {
  test("servingGraph() gives the same bits whatever unused memory, padding and other slots hold", async () => {
    const runs = await Promise.all(
      [
        { background: 0, padding: 0, other: OTHER },
        { background: 1e4, padding: 7, other: SEQUENCE },
      ].map(async ({ background, padding, other }) => {
        const host = slotHost(TINY, livelyParameters(TINY), 2, background, padding);
        const [prompt] = await host.append(4, [SEQUENCE.slice(0, 3), other.slice(0, 1)]);
        const [next] = await host.append(1, [SEQUENCE.slice(3, 4), other.slice(1, 2)]);
        return [prompt, next];
      }),
    );
    expect(runs[1]).toEqual(runs[0]);
  });

  test("servingGraph() refuses more new tokens than the context holds", () => {
    expect(() => servingGraph(TINY, { slots: 1, newTokens: 9 })).toThrow("newTokens at most 8");
  });
});
