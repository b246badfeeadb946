import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { TOKEN_MARKS } from "@millrace/contracts";
import { onnxC } from "@millrace/execution/onnx_c";
import {
  type AdapterConfig,
  adapterCount,
  adapterLayout,
  adapterModules,
  initialAdapters,
  mergeAdapters,
  parameterLayout,
} from "@millrace/transformer";
import { afterAll, describe, expect, test } from "vitest";
import {
  createReplica,
  leafVectors,
  readAdapters,
  readModelFolder,
  type ReplicaOptions,
  type TokenStream,
  trainStep,
} from "./mod.ts";
import { LIVELY, livelyAdapters } from "./testing/lively_adapters.ts";
import { logitsOf } from "./testing/logits_of.ts";

const golden = JSON.parse(readFileSync(new URL("testdata/adapter_golden.json", import.meta.url), "utf8")) as Record<
  string,
  { readonly sha256: string; readonly tokens: readonly number[]; readonly logits: readonly number[] }
>;
const executor = onnxC();
afterAll(() => executor.close());

const ADAPTERS: AdapterConfig = { rank: 3, alpha: 6, targets: ["attention", "feedForward"] };
const pause = async (): Promise<void> => {};

/** Options of a training that goes on from a model of `test/kit/testdata`. */
async function furtherOptions(
  name: string,
  adapters: AdapterConfig | undefined,
): Promise<ReplicaOptions & { initial: Float32Array }> {
  const folder = fileURLToPath(new URL(`../../../test/kit/testdata/${name}/`, import.meta.url));
  const sizes = new Map(readdirSync(folder).map((file) => [file, readFileSync(folder + file).length]));
  const read = async (file: string): Promise<Uint8Array> => readFileSync(folder + file);
  const { config, parameters } = await readModelFolder({ sizes, read }, 16);
  const tokens = Uint16Array.from({ length: 300 }, (_, at) => 2 + ((at * at) % 29));
  return {
    executor,
    config,
    initial: parameters,
    adapters,
    training: {
      seed: 5,
      steps: 12,
      leaves: 2,
      leafBatch: 2,
      leafThreads: 1,
      learningRate: 0.02,
      finalLearningRate: 0.002,
      warmupSteps: 1,
      weightDecay: 0,
      beta1: 0.9,
      beta2: 0.99,
      clip: 1,
    },
    tokens,
    validation: { tokens: Uint16Array.of(0, ...tokens.subarray(3, 70)), endOfText: 0 },
    concurrency: 1,
  };
}

/** The same options, with tokens that are conversations of 12, of which every other one's answer is longer. */
function answering(options: Awaited<ReturnType<typeof furtherOptions>>): typeof options {
  const { read, predicted, conversation, between } = TOKEN_MARKS;
  const marksOf = ({ length }: TokenStream): Uint8Array =>
    Uint8Array.from({ length }, (_, place) => {
      const [number, at] = [Math.floor(place / 13), place % 13];
      if (at < 2) return at === 0 ? between : conversation;
      return at < (number % 2 === 0 ? 9 : 5) ? read : predicted;
    });
  const { tokens, validation } = options;
  return { ...options, marks: { training: marksOf(tokens), validation: marksOf(validation.tokens) } };
}

/** Mean validation loss. */
async function validated(options: ReplicaOptions): Promise<number> {
  const replica = await createReplica(options);
  const { lossSum, targetCount } = await replica.validateLeaf(0);
  await replica.close();
  return lossSum / targetCount;
}

describe.each(["tiny-gpt2", "tiny-llama"])("adapters of %s", (name) => {
  test("are trained by Muon too, which takes each of their matrices as it is", async () => {
    const options = await furtherOptions(name, ADAPTERS);
    const optimiser = { name: "muon", momentum: 0.95, nesterov: true } as const;
    const replica = await createReplica({ ...options, training: { ...options.training, optimiser } });
    const [vectors, before] = [leafVectors(replica, 2), await replica.validateLeaf(0)];
    const layout = adapterLayout(options.config, ADAPTERS);
    const first = replica.state[0]!.slice();
    for (let step = 0; step < 12; step++) await trainStep(replica, step, vectors);
    expect((await replica.validateLeaf(0)).lossSum).toBeLessThan(before.lossSum);
    for (const { offset, size } of layout) {
      expect(replica.state[0]!.slice(offset, offset + size)).not.toEqual(first.slice(offset, offset + size));
    }
    await replica.close();
  });

  test.each(["documents", "conversations"])(
    "begin as the model that they are for, and are it when they are merged, with %s",
    async (kind) => {
      const plain = await furtherOptions(name, ADAPTERS);
      const options = kind === "documents" ? plain : answering(plain);
      const { config, training, initial } = options;
      const before = initial.slice();
      expect(await validated(options)).toBe(await validated({ ...options, adapters: undefined }));

      const replica = await createReplica(options);
      expect(replica.vectorFloats).toBeLessThan(initial.length / 2);
      const vectors = leafVectors(replica, training.leaves);
      const losses: number[] = [];
      for (let step = 0; step < training.steps; step++) {
        const { loss, targetCount } = await trainStep(replica, step, vectors);
        losses.push(loss);
        // Four rows of 16 tokens, or of the 4 or 8 of an answer.
        expect(kind === "documents" ? [64] : [16, 20, 24, 28, 32]).toContain(targetCount);
      }
      expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.5);
      expect(initial).toEqual(before);
      const { model, state } = replica.exportCheckpoint(training.steps);
      await replica.close();
      const trained = await validated({ ...options, resume: { model, state } });

      const merged = initial.slice();
      await mergeAdapters(config, ADAPTERS, merged, readAdapters(config, ADAPTERS, model), pause);
      expect(await validated({ ...options, initial: merged, adapters: undefined })).toBeCloseTo(trained, 4);
      expect(Math.abs(trained - (await validated({ ...options, adapters: undefined })))).toBeGreaterThan(0.1);
    },
  );

  test("have the gradients that follow from those of the whole model", async () => {
    const options = await furtherOptions(name, ADAPTERS);
    const { config } = options;
    const [whole, narrow] = [await createReplica({ ...options, adapters: undefined }), await createReplica(options)];
    const [full, own] = [new Float32Array(whole.vectorFloats), new Float32Array(narrow.vectorFloats)];
    await whole.computeLeaf(0, 0, full);
    await narrow.computeLeaf(0, 0, own);
    const first = initialAdapters(config, ADAPTERS, 5);
    const weights = new Map(parameterLayout(config).map((one) => [one.name, one]));
    let compared = 0;
    for (const { name: matrix, shape, offset, size } of adapterLayout(config, ADAPTERS)) {
      const gradient = own.subarray(offset, offset + size);
      // B is zero, so nothing reaches A yet.
      if (matrix.endsWith("lora_A.weight")) {
        expect(
          gradient.every((value) => value === 0),
          matrix,
        ).toBe(true);
        continue;
      }
      const module = matrix.slice("base_model.model.".length, -".lora_B.weight".length);
      const a = adapterLayout(config, ADAPTERS).find((one) => one.name === matrix.replace("lora_B", "lora_A"))!;
      const weight = weights.get(`${module}.weight`)!;
      const [outputs = 0, rank = 0] = shape;
      const inputs = a.shape[1] ?? 0;
      const at = (output: number, i: number): number =>
        full[weight.offset + (name === "tiny-llama" ? output * inputs + i : i * outputs + output)]!;
      // Of W + B A alpha / r: dB = dW A^T alpha / r.
      for (let place = 0; place < size; place += 7) {
        const [output, r] = [Math.floor(place / rank), place % rank];
        let wanted = 0;
        for (let i = 0; i < inputs; i++) wanted += at(output, i) * first[a.offset + r * inputs + i]!;
        expect(gradient[place], matrix).toBeCloseTo((wanted * ADAPTERS.alpha) / ADAPTERS.rank, 3);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(50);
    await Promise.all([whole.close(), narrow.close()]);
  });
});

test.each(["tiny-gpt2", "tiny-llama"])(
  "adapters of %s, merged, have the logits that Python's peft computes",
  async (name) => {
    const { config, initial } = await furtherOptions(name, undefined);
    const file = livelyAdapters(config);
    const { sha256, tokens, logits } = golden[name]!;
    expect(createHash("sha256").update(file).digest("hex")).toBe(sha256);
    await mergeAdapters(config, LIVELY, initial, readAdapters(config, LIVELY, file), pause);
    const found = await logitsOf(executor, config, initial, tokens);
    const scale = Math.max(1, ...logits.map(Math.abs));
    expect(Math.max(...logits.map((wanted, at) => Math.abs(wanted - found[at]!))) / scale).toBeLessThan(1e-4);
  },
);

test("adapters are where a recipe wants them", async () => {
  const { config } = await furtherOptions("tiny-llama", undefined);
  const attention: AdapterConfig = { ...ADAPTERS, targets: ["attention"] };
  expect(adapterModules(config, attention)).toEqual(["q_proj", "k_proj", "v_proj", "o_proj"]);
  expect(adapterLayout(config, attention).every(({ name }) => name.includes(".self_attn."))).toBe(true);
  expect(adapterCount(config, attention)).toBe(2 * 3 * (4 * 16 + 2 * 16 + 2 * 8));
  const gpt2 = await furtherOptions("tiny-gpt2", undefined);
  expect(adapterModules(gpt2.config, ADAPTERS)).toEqual(["c_attn", "c_proj", "c_fc"]);
  expect(() => adapterLayout(config, { ...ADAPTERS, rank: 0 })).toThrow("found rank 0, wanted a positive integer");
});

test("a checkpoint of adapters is none of the whole model, and the other way round", async () => {
  const options = await furtherOptions("tiny-gpt2", ADAPTERS);
  const replica = await createReplica(options);
  const checkpoint = replica.exportCheckpoint(0);
  await replica.close();
  await expect(createReplica({ ...options, adapters: undefined, resume: checkpoint })).rejects.toThrow(TypeError);
  const { initial: _, ...without } = options;
  await expect(createReplica(without)).rejects.toThrow("found no model that they are for");
});
