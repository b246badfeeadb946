/**
 * Small models of seeded random configurations, as folders in Hugging Face's layout. Run as a program with the path of an empty folder, it
 * writes them there, one folder each, for `testdata/make_hugging_face_golden.py` to read.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  huggingFaceConfig,
  huggingFaceGenerationConfig,
  initialParameters,
  type ModelConfig,
  parameterLayout,
} from "@millrace/transformer";
import { writeSafetensors } from "../mod.ts";

/** How many models there are; even ones are of the GPT-2 kind. */
export const RANDOM_MODELS = 16;

/** Numbers from 0 to below 1 for a seed: a hash of a counter (Wellons' "lowbias32"). */
function* uniform(seed: number): Generator<number, never> {
  for (let counter = 0; ; counter++) {
    let bits = Math.imul(seed + 1, 0x9e3779b1) ^ counter;
    bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
    bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
    yield ((bits ^ (bits >>> 16)) >>> 8) / 2 ** 24;
  }
}

/** The configuration of that seed. */
export function randomConfig(seed: number): ModelConfig {
  const numbers = uniform(seed);
  const one = <Choice>(...choices: readonly Choice[]): Choice =>
    choices[Math.floor(numbers.next().value * choices.length)]!;
  const heads = one(2, 4);
  const shared = {
    vocabularySize: one(11, 24),
    contextLength: one(8, 12),
    layers: one(1, 2),
    heads,
    width: heads * one(2, 4),
    innerWidth: one(undefined, 20),
    activation: one("gelu_new", "gelu", "relu", "silu"),
    normEpsilon: one(undefined, 1e-3),
    tied: one(true, false),
  } as const;
  if (seed % 2 === 0) return { architecture: "gpt2", ...shared, positions: one("learned", "sinusoidal") };
  const scaling = one(
    undefined,
    { type: "linear", factor: 2.5 } as const,
    {
      type: "llama3",
      factor: 8,
      lowFrequencyFactor: 0.5,
      highFrequencyFactor: 4,
      originalContextLength: 4,
    } as const,
  );
  return {
    architecture: "llama",
    ...shared,
    keyValueHeads: one(1, heads / 2, heads),
    headWidth: one(undefined, 6),
    attentionBias: one(true, false),
    mlpBias: one(true, false),
    rope: { theta: one(100, 10_000), scaling },
  };
}

/** Parameters of which none is at a special value. */
export function livelyParameters(config: ModelConfig, seed: number): Float32Array {
  const parameters = initialParameters(config, seed);
  const numbers = uniform(seed);
  for (const { offset, size, frozen } of parameterLayout(config)) {
    if (frozen) continue;
    for (let index = offset; index < offset + size; index++) {
      parameters[index] = (parameters[index] ?? 0) + numbers.next().value - 0.5;
    }
  }
  return parameters;
}

function json(content: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(content));
}

/** The files of a model's folder. */
export function modelFiles(config: ModelConfig, parameters: Float32Array): Readonly<Record<string, Uint8Array>> {
  const special = { bos: 1, eos: 1 };
  const tensors = parameterLayout(config).map(
    ({ name, shape, offset, size }) => [name, { shape, data: parameters.subarray(offset, offset + size) }] as const,
  );
  return {
    "config.json": json(huggingFaceConfig(config, special)),
    "generation_config.json": json(huggingFaceGenerationConfig(special)),
    "model.safetensors": writeSafetensors(new Map(tensors), { format: "pt" }),
  };
}

/** Token ids of a text for a model, one context long. */
export function probe({ contextLength, vocabularySize }: ModelConfig): number[] {
  return Array.from({ length: contextLength }, (_, place) => (place * place * 5 + place * 3 + 2) % vocabularySize);
}

if (import.meta.main) {
  const [folder = ""] = process.argv.slice(2);
  for (let seed = 0; seed < RANDOM_MODELS; seed++) {
    const config = randomConfig(seed);
    const to = join(folder, String(seed));
    await mkdir(to, { recursive: true });
    for (const [name, bytes] of Object.entries(modelFiles(config, livelyParameters(config, seed)))) {
      await writeFile(join(to, name), bytes);
    }
    await writeFile(join(to, "probe.json"), JSON.stringify(probe(config)));
  }
}
