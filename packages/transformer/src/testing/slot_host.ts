/** The least host that the serving graph needs: it owns the cache, runs the graph, and writes the new rows in place. */
import { integerFeed, runModel, type Feed } from "@millrace/tensor/testing";
import { type ModelConfig, resolveModel } from "../config.ts";
import { servingGraph } from "../serving_graph.ts";
import { output, parameterFeeds } from "./tiny_model.ts";

/** Serves sequences side by side. */
export interface SlotHost {
  /**
   * Appends tokens to every slot.
   * @param appended Real tokens of each slot, at least one; padded to `newTokens` with `padding`.
   * @returns For each slot, the scores of the token after the last one.
   */
  append(newTokens: number, appended: readonly (readonly number[])[]): Promise<readonly Float64Array[]>;
}

/**
 * Makes a host with empty slots.
 * @param background What unused memory holds; results must not depend on it.
 * @param padding Token id that fills short rows; results must not depend on it.
 */
export function slotHost(
  config: ModelConfig,
  parameters: Float32Array,
  slots: number,
  background = 0,
  padding = 0,
): SlotHost {
  const { contextLength, keyValueHeads: heads, headWidth, layers, vocabularySize } = resolveModel(config);
  const lengths = Array.from({ length: slots }, () => 0);
  const cache: Record<string, Feed> = {};
  for (let layer = 0; layer < layers; layer++) {
    for (const kind of ["key", "value"]) {
      const data = new Float64Array(slots * heads * contextLength * headWidth).fill(background);
      cache[`cache.${layer}.${kind}`] = { type: "float32", data, shape: [slots, heads, contextLength, headWidth] };
    }
  }
  return {
    append: async (newTokens, appended) => {
      const padded = appended.flatMap((tokens) =>
        Array.from({ length: newTokens }, (_, index) => tokens[index] ?? padding),
      );
      const counts = appended.map((tokens) => tokens.length);
      const results = await runModel(servingGraph(config, { slots, newTokens }).model, {
        ...parameterFeeds(config, parameters),
        ...cache,
        tokens: integerFeed("int32", padded, [slots, newTokens]),
        lengths: integerFeed("int32", lengths, [slots]),
        counts: integerFeed("int32", counts, [slots]),
      });
      for (const [name, { data }] of Object.entries(cache)) {
        const fresh = output(results, name.replace("cache", "new")).data;
        counts.forEach((count, slot) => {
          for (let head = 0; head < heads; head++) {
            const from = (slot * heads + head) * newTokens * headWidth;
            const to = ((slot * heads + head) * contextLength + (lengths[slot] ?? 0)) * headWidth;
            data.set(fresh.subarray(from, from + count * headWidth), to);
          }
        });
      }
      counts.forEach((count, slot) => (lengths[slot] = (lengths[slot] ?? 0) + count));
      const { data } = output(results, "logits");
      return counts.map((_, slot) => data.subarray(slot * vocabularySize, (slot + 1) * vocabularySize));
    },
  };
}
