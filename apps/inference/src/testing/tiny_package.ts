/** A serving package of a small random model. */
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
 * Stores a package with all that it names.
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
  const tensors = parameterLayout(CONFIG).map(
    ({ name, shape, offset, size }) => [name, { shape, data: parameters.subarray(offset, offset + size) }] as const,
  );
  const { reading, readTokens, stepping } = decoderGraphs(CONFIG, TINY_SLOTS);
  const content: ServingPackage = {
    version: 1,
    model: "docs",
    modelVersion: version,
    config: CONFIG,
    checkpoint: await artifacts.put(writeSafetensors(new Map(tensors)), "application/safetensors"),
    tokenizer: await artifacts.put(new TextEncoder().encode(json), "application/json"),
    endOfText: 0,
    slots: TINY_SLOTS,
    profile: await storeProfile(artifacts, json),
    graphs: [
      { newTokens: readTokens, graph: await artifacts.put(reading, "application/onnx") },
      { newTokens: 1, graph: await artifacts.put(stepping, "application/onnx") },
    ],
    ...(chatTemplate !== undefined && { chatTemplate }),
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
