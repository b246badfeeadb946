import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AutoModelForCausalLM, env, Tensor } from "@huggingface/transformers";
import { integerFeed, runModel, type Feed } from "@millrace/tensor/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveModel } from "./config.ts";
import { exportGraph } from "./export_graph.ts";
import { huggingFaceConfig, huggingFaceGenerationConfig } from "./hugging_face_config.ts";
import { slotHost } from "./testing/slot_host.ts";
import { greatest, livelyParameters, output, TINY, VARIANTS } from "./testing/tiny_model.ts";

const PARAMETERS = livelyParameters(TINY);
const { contextLength, layers, vocabularySize } = TINY;
const SEQUENCE = Array.from({ length: contextLength }, (_, index) => (index * 5 + 3) % vocabularySize);

/** Feeds `fresh` tokens after `past` cached ones; the first `hidden` places are masked. */
function feedsOf(
  fresh: readonly number[],
  past: number,
  cache: Readonly<Record<string, Feed>>,
  hidden = 0,
): Record<string, Feed> {
  const total = past + fresh.length;
  return {
    input_ids: integerFeed("int64", fresh, [1, fresh.length]),
    attention_mask: integerFeed(
      "int64",
      Array.from({ length: total }, (_, place) => Number(place >= hidden)),
      [1, total],
    ),
    position_ids: integerFeed(
      "int64",
      fresh.map((_, index) => Math.max(past + index - hidden, 0)),
      [1, fresh.length],
    ),
    ...cache,
  };
}

function emptyCache(config = TINY): Record<string, Feed> {
  const { keyValueHeads, headWidth } = resolveModel(config);
  return Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => layer).flatMap((layer) =>
      ["key", "value"].map((kind) => [
        `past_key_values.${layer}.${kind}`,
        { type: "float32" as const, data: new Float64Array(), shape: [1, keyValueHeads, 0, headWidth] },
      ]),
    ),
  );
}

/** Greatest difference of the export graph's scores at a row from the serving graph's after the same tokens. */
function distance(logits: Float64Array, row: number, scores: Float64Array | undefined): number {
  const found = logits.subarray(row * vocabularySize, (row + 1) * vocabularySize);
  return Math.max(...found.map((score, index) => Math.abs(score - (scores?.[index] ?? NaN))));
}

describe.each(Object.entries(VARIANTS))("exportGraph() of %s", (_, config) => {
  test("exportGraph() scores every token as servingGraph() does, at once or over a cache", async () => {
    const parameters = livelyParameters(config);
    const { model } = exportGraph(config, parameters);
    const whole = await runModel(model, feedsOf(SEQUENCE, 0, emptyCache(config)));
    const head = await runModel(model, feedsOf(SEQUENCE.slice(0, 5), 0, emptyCache(config)));
    const cache = Object.fromEntries(
      Object.keys(emptyCache(config)).map((name) => {
        const present = output(head, name.replace("past_key_values", "present"));
        return [name, { type: "float32" as const, ...present }];
      }),
    );
    const tail = await runModel(model, feedsOf(SEQUENCE.slice(5), 5, cache));
    const host = slotHost(config, parameters, 1);
    for (let token = 0; token < contextLength; token++) {
      const [scores] = await host.append(1, [SEQUENCE.slice(token, token + 1)]);
      // Two float32 graphs that sum in different orders, scores of order 1.
      expect(distance(output(whole, "logits").data, token, scores)).toBeLessThan(1e-5);
      if (token >= 5) expect(distance(output(tail, "logits").data, token - 5, scores)).toBeLessThan(1e-5);
    }
    const { keyValueHeads, headWidth } = resolveModel(config);
    expect(output(tail, "present.1.value").shape).toEqual([1, keyValueHeads, contextLength, headWidth]);
  });
});

describe("exportGraph()", () => {
  const { model } = exportGraph(TINY, PARAMETERS);

  test("exportGraph() does not look at places that the attention mask leaves out", async () => {
    const padded = await runModel(model, feedsOf([0, 0, 0, ...SEQUENCE.slice(0, 5)], 0, emptyCache(), 3));
    const plain = await runModel(model, feedsOf(SEQUENCE.slice(0, 5), 0, emptyCache()));
    const wanted = output(plain, "logits").data.subarray(4 * vocabularySize);
    expect(distance(output(padded, "logits").data, 7, wanted)).toBeLessThan(1e-5);
  });

  test("exportGraph() gives the same bytes each time, and refuses a vector of another size", () => {
    expect(exportGraph(TINY, PARAMETERS)).toEqual({ model });
    expect(() => exportGraph(TINY, new Float32Array(16))).toThrow("found 16 parameters, wanted");
  });
});

describe.each(Object.entries(VARIANTS))("exportGraph() of %s in transformers.js", (_, config) => {
  const parameters = livelyParameters(config);
  const specialTokens = { bos: vocabularySize - 1, eos: vocabularySize - 1 };
  let folder = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "export-graph-"));
    await mkdir(join(folder, "tiny", "onnx"), { recursive: true });
    await writeFile(join(folder, "tiny", "onnx", "model.onnx"), exportGraph(config, parameters).model);
    await writeFile(join(folder, "tiny", "config.json"), JSON.stringify(huggingFaceConfig(config, specialTokens)));
    await writeFile(
      join(folder, "tiny", "generation_config.json"),
      JSON.stringify(huggingFaceGenerationConfig(specialTokens)),
    );
    env.allowRemoteModels = false;
    env.localModelPath = folder;
  });

  afterAll(() => rm(folder, { recursive: true }));

  test("exportGraph() loads from a folder and decodes greedily the tokens that servingGraph() gives", async () => {
    const model = await AutoModelForCausalLM.from_pretrained("tiny", { dtype: "fp32" });
    const prompt = SEQUENCE.slice(0, 3);
    const generated = await model.generate({
      inputs: new Tensor("int64", BigInt64Array.from(prompt, BigInt), [1, prompt.length]),
      attention_mask: new Tensor(
        "int64",
        BigInt64Array.from(prompt, () => 1n),
        [1, prompt.length],
      ),
      max_new_tokens: 5,
      do_sample: false,
    } as Parameters<typeof model.generate>[0]);
    const host = slotHost(config, parameters, 1);
    const wanted = [...prompt];
    let scores = await host.append(3, [prompt]);
    while (wanted.length < contextLength) {
      const token = greatest(scores[0] ?? new Float64Array());
      wanted.push(token);
      if (wanted.length < contextLength) scores = await host.append(1, [[token]]);
    }
    expect(wanted).not.toContain(specialTokens.eos);
    expect(generated instanceof Tensor ? Array.from(generated.data, Number) : []).toEqual(wanted);
    await model.dispose();
  });
});
