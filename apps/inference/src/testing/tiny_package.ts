/** Serving packages of random models. */
import type { Artifacts } from "@millrace/artifacts";
import type { ArtifactRef, ModelConfig, ServingPackage } from "@millrace/contracts";
import { passageOf, profileOf } from "@millrace/features";
import { decoderGraphs } from "@millrace/generation";
import { loadTokenizer, trainBpe } from "@millrace/tokenizer";
import { writeSafetensors } from "@millrace/training";
import { initialParameters, parameterLayout } from "@millrace/transformer";

export const TINY_SLOTS = 3;
export const TINY_CONTEXT = 1024;

const TEXT = "the mill race leads the stream to the mill wheel, and the wheel turns the stone. ";
const CONFIG: ModelConfig = {
  architecture: "gpt2",
  vocabularySize: 280,
  contextLength: TINY_CONTEXT,
  layers: 2,
  heads: 2,
  width: 32,
};

/** A conversation as a play; takes turns only. */
export const TINY_CHAT: NonNullable<ServingPackage["chatTemplate"]> = {
  template:
    "{{ bos_token }}{% for message in messages %}{% if message.role == 'assistant' and loop.first %}" +
    "{{ raise_exception('the user begins') }}{% endif %}{{ message.role + ': ' + message.content + '\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}assistant:{% endif %}",
  specialTokens: { bos_token: "the " },
};

/**
 * Stores a package of the tiny model with all that it names.
 * @param version Also the seed of the parameters: another version, another model.
 */
export async function storeTinyPackage(
  artifacts: Artifacts,
  version: number,
  chatTemplate?: ServingPackage["chatTemplate"],
): Promise<ArtifactRef> {
  const { json } = await trainBpe([TEXT.repeat(4)], { vocabularySize: CONFIG.vocabularySize });
  // Scaled up, so that an untrained model has opinions.
  const parameters = initialParameters(CONFIG, version).map((value) => 8 * value);
  const profile = await storeProfile(artifacts, json);
  const beside = { profile, ...(chatTemplate !== undefined && { chatTemplate }) };
  return storePackage(artifacts, { version, config: CONFIG, parameters, tokenizer: json, slots: TINY_SLOTS, beside });
}

/** What a package is made of. */
export interface PackageParts {
  readonly version: number;
  readonly config: ModelConfig;
  readonly parameters: Float32Array;
  /** `tokenizer.json`; its token 0 ends a text. */
  readonly tokenizer: string;
  readonly slots: number;
  /** Parts that a package may do without. */
  readonly beside?: Pick<ServingPackage, "profile" | "chatTemplate" | "weights">;
}

/** Stores a package of the model `docs` with all that it names. */
export async function storePackage(
  artifacts: Artifacts,
  { version, config, parameters, tokenizer, slots, beside }: PackageParts,
): Promise<ArtifactRef> {
  const tensors = parameterLayout(config).map(
    ({ name, shape, offset, size }) => [name, { shape, data: parameters.subarray(offset, offset + size) }] as const,
  );
  const quantise = beside?.weights === "int8" ? parameters : undefined;
  const { reading, readTokens, stepping } = decoderGraphs(config, slots, quantise);
  const content: ServingPackage = {
    version: 1,
    model: "docs",
    modelVersion: version,
    config,
    checkpoint: await artifacts.put(writeSafetensors(new Map(tensors)), "application/safetensors"),
    tokenizer: await artifacts.put(new TextEncoder().encode(tokenizer), "application/json"),
    endOfText: 0,
    slots,
    graphs: [
      { newTokens: readTokens, graph: await artifacts.put(reading, "application/onnx") },
      { newTokens: 1, graph: await artifacts.put(stepping, "application/onnx") },
    ],
    ...beside,
  };
  return artifacts.put(new TextEncoder().encode(JSON.stringify(content)), "application/json");
}

/** Profile of a corpus that is the text itself. */
function storeProfile(artifacts: Artifacts, tokenizer: string): Promise<ArtifactRef> {
  const { encodeOrdinary } = loadTokenizer(tokenizer);
  const text = passageOf(TEXT) ?? "";
  const passage = { text, tokens: encodeOrdinary(text) };
  const profile = profileOf({ text: TEXT, language: "en", tokens: encodeOrdinary(TEXT), passage });
  return artifacts.put(new TextEncoder().encode(JSON.stringify(profile)), "application/json");
}
