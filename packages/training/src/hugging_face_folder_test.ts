import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { onnxC } from "@millrace/execution/onnx_c";
import { attendsInOne } from "@millrace/tensor";
import { modelStages, parameterLayout, resolveModel } from "@millrace/transformer";
import { afterAll, describe, expect, test } from "vitest";
import { copyFloats } from "./float_bytes.ts";
import {
  checkModelFolder,
  type FolderFiles,
  readModelFolder,
  readModelParts,
  readSafetensors,
  writeSafetensors,
} from "./mod.ts";
import { gradientsOf } from "./testing/gradients_of.ts";
import { logitsOf } from "./testing/logits_of.ts";
import { livelyParameters, modelFiles, probe, RANDOM_MODELS, randomConfig } from "./testing/random_models.ts";

interface Golden {
  readonly exported: readonly { readonly sha256: string; readonly logits: readonly number[] }[];
  readonly imported: readonly {
    readonly name: string;
    readonly tokens: readonly number[];
    readonly logits: readonly number[];
    readonly files: Readonly<Record<string, string>>;
    readonly gradients?: Readonly<Record<string, string>>;
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL("testdata/hugging_face_golden.json", import.meta.url), "utf8"),
) as Golden;
const executor = onnxC();
afterAll(() => executor.close());

type Files = Readonly<Record<string, Uint8Array>>;

function decoded(files: Readonly<Record<string, string>>): Files {
  return Object.fromEntries(Object.entries(files).map(([name, base64]) => [name, Buffer.from(base64, "base64")]));
}

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function folderOf(files: Files): FolderFiles & { range(name: string, from: number, to: number): Promise<Uint8Array> } {
  return {
    range: async (name, from, to) => files[name]?.subarray(from, to) ?? new Uint8Array(),
    sizes: new Map(Object.entries(files).map(([name, { length }]) => [name, length])),
    read: (name) => Promise.resolve(files[name] ?? new Uint8Array()),
  };
}

/** Greatest difference, over max(1, greatest logit); what is asked of it is 1e-4. */
function distance(found: Float32Array, wanted: readonly number[]): number {
  const scale = Math.max(1, ...wanted.map(Math.abs));
  return found.length === wanted.length
    ? Math.max(...wanted.map((value, index) => Math.abs(value - (found[index] ?? NaN)))) / scale
    : NaN;
}

describe("a model folder in Python's transformers", () => {
  const models = Array.from({ length: RANDOM_MODELS }, (_, seed) => [seed, randomConfig(seed)] as const);

  test.each(models)("model %i of ours has there the logits that it has here: %j", async (seed, config) => {
    const parameters = livelyParameters(config, seed);
    const files = modelFiles(config, parameters);
    const { sha256, logits } = golden.exported[seed] ?? { sha256: "", logits: [] };
    expect(createHash("sha256").update(files["model.safetensors"]!).digest("hex")).toBe(sha256);
    expect(distance(await logitsOf(executor, config, parameters, probe(config)), logits)).toBeLessThan(1e-4);
    const read = await readModelFolder(folderOf(files));
    expect(resolveModel(read.config)).toEqual(resolveModel(config));
    expect(read.parameters).toEqual(parameters);
  });

  test.each(golden.imported)("$name of theirs has here the logits that it has there", async (one) => {
    const { config, parameters } = await readModelFolder(folderOf(decoded(one.files)));
    expect(distance(await logitsOf(executor, config, parameters, one.tokens), one.logits)).toBeLessThan(1e-4);
  });

  const differentiated = golden.imported.filter(({ gradients }) => gradients !== undefined);
  test.each(differentiated)("$name of theirs has here the gradients that PyTorch gives", async (one) => {
    const { config, parameters } = await readModelFolder(folderOf(decoded(one.files)));
    const { dropout: _, ...deterministic } = config;
    const found = await gradientsOf(executor, deterministic, parameters, one.tokens);
    const wanted = Object.entries(decoded(one.gradients ?? {}));
    expect(wanted.map(([name]) => name).sort()).toEqual([...found.keys()].sort());
    for (const [name, bytes] of wanted) {
      const floats = new Float32Array(bytes.length / 4);
      copyFloats(bytes, "F32", floats);
      // Both sum in float32, in another order.
      expect(distance(found.get(name) ?? new Float32Array(), [...floats]), name).toBeLessThan(1e-5);
    }
  });

  test("what has PyTorch's gradients has every activation, and attention in one operation and by shared heads as wide", async () => {
    const read = await Promise.all(differentiated.map(({ files }) => readModelFolder(folderOf(decoded(files)))));
    const models = read.map(({ config }) => resolveModel(config));
    expect(new Set(models.map(({ activation }) => activation))).toEqual(new Set(["gelu_new", "gelu", "relu", "silu"]));
    const wide = models.filter(({ headWidth }) => attendsInOne(headWidth));
    expect(wide.map(({ architecture }) => architecture)).toEqual(["gpt2", "gpt2", "llama"]);
    expect(wide.at(-1)!.keyValueHeads).toBeLessThan(wide.at(-1)!.heads);
    expect(wide.at(-1)!.keyValueHeads).toBeGreaterThan(1);
  });

  test("the golden models have every variant", () => {
    const configs = models.map(([, config]) => resolveModel(config));
    const values = (key: keyof (typeof configs)[number]): number =>
      new Set(configs.map((one) => JSON.stringify(one[key]))).size;
    expect(values("positions")).toBe(3);
    expect(values("activation")).toBe(4);
    expect(values("tied")).toBe(2);
    expect(new Set(configs.map(({ rope }) => rope.scaling?.type)).size).toBe(3);
    expect(
      new Set(configs.map(({ heads, keyValueHeads }) => Math.sign(heads - keyValueHeads) * keyValueHeads)).size,
    ).toBe(3);
    expect(configs.filter(({ attentionBias, mlpBias }) => attentionBias !== mlpBias).length).toBeGreaterThan(0);
  });
});

describe("a folder that transformers saved", () => {
  test.each(["tiny-gpt2", "tiny-llama"])(
    "%s has the loss here that PyTorch computes, in a shorter context too, and comes apart into its stages",
    async (name) => {
      const folder = fileURLToPath(new URL(`../../../test/kit/testdata/${name}/`, import.meta.url));
      const files = Object.fromEntries(
        readdirSync(folder).map((file) => [file, new Uint8Array(readFileSync(folder + file))]),
      );
      const { tokens, loss } = JSON.parse(readFileSync(`${folder}golden.json`, "utf8")) as {
        tokens: number[];
        loss: number;
      };
      const { config, parameters } = await readModelFolder(folderOf(files), tokens.length);
      expect(config.contextLength).toBe(24);
      const logits = await logitsOf(executor, config, parameters, tokens);
      const rows = tokens.slice(1).map((target, row) => {
        const scores = logits.subarray(row * config.vocabularySize, (row + 1) * config.vocabularySize);
        return Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - scores[target]!;
      });
      expect(rows.reduce((sum, nats) => sum + nats, 0) / rows.length).toBeCloseTo(loss, 4);
      await expect(readModelFolder(folderOf(files), 1000)).rejects.toThrow("wanted at least 1000");
      const stages = modelStages(config, 2);
      const parts = await readModelParts(
        folderOf(files),
        config,
        stages.map(({ layout }) => layout),
      );
      const offsets = new Map(parameterLayout(config).map(({ name, offset }) => [name, offset]));
      for (const { index, layout } of stages) {
        for (const { name, offset, size } of layout) {
          const start = offsets.get(name)!;
          expect(parts[index]!.subarray(offset, offset + size)).toEqual(parameters.subarray(start, start + size));
        }
      }
      expect(await checkModelFolder(folderOf(files))).toMatchObject({
        config: { ...config, contextLength: expect.any(Number) },
      });
    },
  );
});

describe("readModelFolder()", () => {
  const config = randomConfig(0);
  const good = modelFiles(config, livelyParameters(config, 0));
  const weights = good["model.safetensors"] ?? new Uint8Array();
  const { tensors } = readSafetensors(weights);
  const without = (name: string): Files => Object.fromEntries(Object.entries(good).filter(([other]) => other !== name));
  const rewritten = (change: (copy: Map<string, { shape: readonly number[]; data: Float32Array }>) => void): Files => {
    const copy = new Map(
      Array.from(tensors, ([name, { shape, data }]) => [
        name,
        { shape, data: Float32Array.from(data as Float32Array) },
      ]),
    );
    change(copy);
    return { ...good, "model.safetensors": writeSafetensors(copy, { format: "pt" }) };
  };
  const NORM = "transformer.ln_f.weight";
  const index = (map: object): Files => ({
    ...without("model.safetensors"),
    "model.safetensors.index.json": text(JSON.stringify({ weight_map: map })),
  });

  const hostile: readonly (readonly [string, Files, string])[] = [
    ["no configuration", without("config.json"), "found no config.json"],
    ["a configuration that is not JSON", { ...good, "config.json": text("root:x") }, "config.json is no JSON"],
    ["no weights", without("model.safetensors"), "found neither model.safetensors nor model.safetensors.index.json"],
    [
      "pickled weights",
      { ...without("model.safetensors"), "pytorch_model.bin": text("cos\nsystem\n") },
      "beside pytorch_model.bin; reading a pickle runs what stands in it",
    ],
    [
      "truncated weights",
      { ...good, "model.safetensors": weights.subarray(0, weights.length - 5) },
      "model.safetensors: reading safetensors: tensor",
    ],
    ["a header that is not JSON", { ...good, "model.safetensors": weights.with(8, 0x58) }, "the header is not JSON"],
    [
      "a configuration too large for the weights",
      { ...good, "config.json": text(JSON.stringify({ model_type: "gpt2", n_layer: 1000 })) },
      "parameters, which",
    ],
    [
      "weights too large for the configuration",
      { ...good, "model.safetensors": Object.defineProperty(weights.slice(), "length", { value: 2 ** 31 }) },
      "bytes of weights, wanted at most",
    ],
    ["a missing tensor", rewritten((copy) => copy.delete(NORM)), `found no tensor "${NORM}"`],
    [
      "an unknown tensor",
      rewritten((copy) => copy.set("transformer.extra", { shape: [1], data: Float32Array.of(1) })),
      'found unknown tensors "transformer.extra"',
    ],
    [
      "a tensor twice, with and without its prefix",
      rewritten((copy) => copy.set("ln_f.weight", copy.get(NORM) ?? { shape: [0], data: new Float32Array() })),
      `found the tensor "${NORM}" a second time`,
    ],
    [
      "a tensor of another shape",
      rewritten((copy) => copy.set(NORM, { shape: [1, config.width], data: new Float32Array(config.width) })),
      `tensor "${NORM}" has the shape [1,${config.width}], wanted [${config.width}] as config.json says`,
    ],
    [
      "a weight that is not finite",
      rewritten((copy) => copy.get(NORM)?.data.fill(NaN, 3)),
      `tensor "${NORM}" has NaN at 3`,
    ],
    [
      "an output matrix that is not the embedding it is said to be",
      rewritten((copy) => {
        const shape = [config.vocabularySize, config.width];
        copy.set("lm_head.weight", { shape, data: new Float32Array(config.vocabularySize * config.width) });
      }),
      'found in "lm_head.weight" other weights than those of the embedding',
    ],
    ["an index that leaves the folder", index({ a: "../weights.safetensors" }), "wanted names of files beside it"],
    ["an index that names a pickle", index({ a: "pytorch_model.bin" }), "wanted names of files beside it"],
    ["an index without any file", index({}), "model.safetensors.index.json: weight_map: found nothing in it"],
    ["an index of a file that is not there", index({ a: "b.safetensors" }), "names b.safetensors, which is not there"],
  ];

  test.each(hostile)("readModelFolder() and checkModelFolder() refuse %s", async (_, files, message) => {
    for (const look of [readModelFolder, checkModelFolder]) {
      await expect(look(folderOf(files))).rejects.toThrow(TypeError);
      await expect(look(folderOf(files))).rejects.toThrow(message);
    }
  });

  test("readModelFolder() refuses weights that are not floats", async () => {
    const copy = new Map(tensors);
    copy.set(NORM, { shape: [config.width], data: new Int32Array(config.width) });
    const files = { ...good, "model.safetensors": writeSafetensors(copy) };
    await expect(readModelFolder(folderOf(files))).rejects.toThrow(`"${NORM}" is of I32, wanted F32, F16, BF16, F64`);
  });

  test("readModelFolder() passes over the masks that early versions of transformers stored", async () => {
    const files = rewritten((copy) => {
      copy.set("transformer.h.0.attn.bias", { shape: [1, 1, 2, 2], data: Float32Array.of(1, 0, 1, 1) });
      copy.set("transformer.h.0.attn.masked_bias", { shape: [], data: Float32Array.of(-1e4) });
    });
    expect((await readModelFolder(folderOf(files))).parameters).toEqual(livelyParameters(config, 0));
  });

  test("readModelFolder() reads a tied model that stores its output matrix all the same", async () => {
    expect(resolveModel(config).tied).toBe(true);
    const files = rewritten((copy) =>
      copy.set("lm_head.weight", copy.get("transformer.wte.weight") ?? { shape: [], data: new Float32Array() }),
    );
    expect((await readModelFolder(folderOf(files))).parameters).toEqual(livelyParameters(config, 0));
  });

  test.each(["a", "z"])(
    "readModelFolder() reads a tied model whose output matrix lies in another shard, %s",
    async (at) => {
      const output = { data: tensors.get("transformer.wte.weight")?.data ?? new Float32Array(), shape: [0] };
      const shape = [config.vocabularySize, config.width];
      const shards = { [`${at}.safetensors`]: writeSafetensors(new Map([["lm_head.weight", { ...output, shape }]])) };
      const map = { "lm_head.weight": `${at}.safetensors`, "transformer.wte.weight": "m.safetensors" };
      const files = { ...index(map), "m.safetensors": weights, ...shards };
      expect((await readModelFolder(folderOf(files))).parameters).toEqual(livelyParameters(config, 0));
    },
  );
});

describe("checkModelFolder()", () => {
  // Its embedding has more floats than are held at a time.
  const config = { ...randomConfig(0), vocabularySize: 150_000, width: 16, heads: 2, layers: 1 };
  const good = modelFiles(config, livelyParameters(config, 0));
  const { tensors } = readSafetensors(good["model.safetensors"] ?? new Uint8Array());
  const last = 150_000 * 16 - 1;
  const EMBEDDING = "transformer.wte.weight";
  const embedding = tensors.get(EMBEDDING) as { data: Float32Array; shape: readonly number[] };
  const rewritten = (name: string, value: number): Files => {
    const data = embedding.data.with(last, value);
    const copy = new Map(tensors).set(name, { data, shape: embedding.shape });
    return { ...good, "model.safetensors": writeSafetensors(copy) };
  };

  test("checkModelFolder() holds pieces of weights, never a file of them", async () => {
    const folder = folderOf(good);
    const sizes: number[] = [];
    await checkModelFolder({
      ...folder,
      read: (name) => (name.endsWith(".json") ? folder.read(name) : expect.fail(`${name} was read whole`)),
      range(name, from, to) {
        sizes.push(to - from);
        return folder.range(name, from, to);
      },
    });
    expect(Math.max(...sizes)).toBe(2 ** 23);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(good["model.safetensors"]?.length);
  });

  test.each([
    ["a number that is none", rewritten(EMBEDDING, NaN), `tensor "${EMBEDDING}" has NaN at ${last}`],
    ["a copy of the embedding that is another", rewritten("lm_head.weight", 1e6), "other weights than those of the"],
  ])("checkModelFolder() finds %s in the last piece", async (_, files, message) => {
    await expect(checkModelFolder(folderOf(files))).rejects.toThrow(message);
  });
});
