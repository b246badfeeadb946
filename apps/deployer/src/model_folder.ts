/** A model as a folder in Hugging Face's layout: what `from_pretrained` of transformers and transformers.js reads. */
import type { Artifacts } from "@millrace/artifacts";
import type { ArtifactRef, ModelConfig, ModelFolder } from "@millrace/contracts";
import { exportGraph, huggingFaceConfig, huggingFaceGenerationConfig } from "@millrace/transformer";
import { modelCard } from "./model_card.ts";

/** What a folder is made of. */
export interface FolderParts {
  readonly model: string;
  readonly version: number;
  readonly config: ModelConfig;
  readonly checkpoint: ArtifactRef;
  readonly tokenizer: ArtifactRef;
  /** Token id that stands before and after each document, and its text. */
  readonly endOfText: { readonly id: number; readonly text: string };
  /** Flat vector of the checkpoint's parameters. */
  readonly parameters: Float32Array;
}

/**
 * Stores the files that are not stored yet; checkpoint and tokenizer are in the folder as they are.
 * @returns The folder, and its `onnx/model.onnx`.
 */
export async function storeModelFolder(
  artifacts: Artifacts,
  parts: FolderParts,
): Promise<{ readonly folder: ModelFolder; readonly onnx: ArtifactRef }> {
  const { config, checkpoint, tokenizer, endOfText, parameters } = parts;
  const text = (content: string, mediaType: string): Promise<ArtifactRef> =>
    artifacts.put(new TextEncoder().encode(content), mediaType);
  const json = (content: object): Promise<ArtifactRef> =>
    text(`${JSON.stringify(content, undefined, 2)}\n`, "application/json");
  const special = { bos: endOfText.id, eos: endOfText.id };
  const onnx = await artifacts.put(exportGraph(config, parameters).model, "application/onnx");
  const files = {
    "README.md": await text(modelCard({ ...parts, checkpoint: checkpoint.sha256 }), "text/markdown"),
    "config.json": await json(huggingFaceConfig(config, special)),
    "generation_config.json": await json(huggingFaceGenerationConfig(special)),
    "model.safetensors": checkpoint,
    "onnx/model.onnx": onnx,
    "tokenizer.json": tokenizer,
    "tokenizer_config.json": await json(tokenizerConfig(config, endOfText.text)),
  };
  return { folder: { version: 1, files }, onnx };
}

/** Contents of `tokenizer_config.json`. */
function tokenizerConfig({ contextLength }: ModelConfig, endOfText: string): object {
  return {
    add_prefix_space: false,
    bos_token: endOfText,
    clean_up_tokenization_spaces: false,
    eos_token: endOfText,
    model_max_length: contextLength,
    tokenizer_class: "GPT2Tokenizer",
    unk_token: endOfText,
  };
}
