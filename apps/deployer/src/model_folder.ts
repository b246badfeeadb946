/** A model as a folder in Hugging Face's layout: what `from_pretrained` of transformers and transformers.js reads. */
import type { Artifacts } from "@millrace/artifacts";
import type {
  ArtifactRef,
  BaseSummary,
  Evaluation,
  ModelConfig,
  ModelFolder,
  TokenManifest,
  TrainedAdapter,
} from "@millrace/contracts";
import { exportGraph, huggingFaceConfig, huggingFaceGenerationConfig } from "@millrace/transformer";
import { type Tokenizer, UNKNOWN_CHARACTER } from "@millrace/tokenizer";
import { modelCard } from "./model_card.ts";

/** What a folder is made of. */
export interface FolderParts {
  readonly model: string;
  readonly version: number;
  readonly config: ModelConfig;
  readonly checkpoint: ArtifactRef;
  readonly tokenizer: ArtifactRef;
  readonly tokenizerKind: Tokenizer["kind"];
  /** Tokens that stand before and after each document; mostly the same one. */
  readonly bos: SpecialToken;
  readonly eos: SpecialToken;
  readonly base?: BaseSummary | undefined;
  readonly adapter?: TrainedAdapter | undefined;
  /** Flat vector of the checkpoint's parameters. */
  readonly parameters: Float32Array;
  /** How conversations are written, of models that have learnt to answer. */
  readonly chat?: TokenManifest["chat"];
  /** For the card. Absent: it was not told. */
  readonly evaluation?: Evaluation | undefined;
}

/** A token by id and by text. */
export interface SpecialToken {
  readonly id: number;
  readonly text: string;
}

/**
 * Stores the files that are not stored yet; checkpoint and tokenizer are in the folder as they are.
 * @returns The folder, and its `onnx/model.onnx`.
 */
export async function storeModelFolder(
  artifacts: Artifacts,
  parts: FolderParts,
): Promise<{ readonly folder: ModelFolder; readonly onnx: ArtifactRef }> {
  const { config, checkpoint, tokenizer, bos, eos, parameters } = parts;
  const text = (content: string, mediaType: string): Promise<ArtifactRef> =>
    artifacts.put(new TextEncoder().encode(content), mediaType);
  const json = (content: object): Promise<ArtifactRef> =>
    text(`${JSON.stringify(content, undefined, 2)}\n`, "application/json");
  const special = { bos: bos.id, eos: eos.id };
  const endOfTurn = parts.chat?.template.endOfTurn;
  const onnx = await artifacts.put(exportGraph(config, parameters).model, "application/onnx");
  const files = {
    // In a folder of their own: beside model.safetensors they would be added a second time.
    ...(parts.adapter && {
      "adapter/adapter_config.json": parts.adapter.config,
      "adapter/adapter_model.safetensors": parts.adapter.weights,
    }),
    "README.md": await text(modelCard({ ...parts, checkpoint: checkpoint.sha256 }), "text/markdown"),
    ...(parts.chat && { "chat_template.jinja": await text(parts.chat.template.template, "text/plain") }),
    "config.json": await json(huggingFaceConfig(config, special)),
    "generation_config.json": await json(huggingFaceGenerationConfig(special, endOfTurn)),
    "model.safetensors": checkpoint,
    "onnx/model.onnx": onnx,
    "tokenizer.json": tokenizer,
    "tokenizer_config.json": await json(tokenizerConfig(parts)),
  };
  return { folder: { version: 1, files }, onnx };
}

/** Contents of `tokenizer_config.json`. */
function tokenizerConfig({ config: { contextLength }, tokenizerKind, bos, eos, base, chat }: FolderParts): object {
  const isOfCharacters = tokenizerKind === "characters";
  return {
    add_prefix_space: false,
    bos_token: bos.text,
    clean_up_tokenization_spaces: false,
    eos_token: eos.text,
    model_max_length: contextLength,
    // That of GPT-2 splits as our BPE does; others say themselves how they split.
    tokenizer_class: base === undefined && !isOfCharacters ? "GPT2Tokenizer" : "PreTrainedTokenizerFast",
    unk_token: isOfCharacters ? UNKNOWN_CHARACTER : eos.text,
    // Those that the template names are as it knows them.
    ...chat?.template.specialTokens,
  };
}
