/** What a training of adapters comes to: the base model with them merged. */
import type { BaseModel } from "@millrace/contracts";
import { type FolderFiles, readAdapters, readModelFolder, writeModel } from "@millrace/training";
import { type AdapterConfig, mergeAdapters, type ModelConfig } from "@millrace/transformer";
import { baseFilesOf } from "./plan_job.ts";

/**
 * Merges adapters into their base model; the same bytes on every machine.
 * @param adapterModel Bytes of the training's checkpoint.
 * @param read Reads an artifact.
 * @returns Bytes of `model.safetensors`.
 */
export async function mergedModel(
  base: BaseModel,
  config: ModelConfig,
  adapters: AdapterConfig,
  adapterModel: Uint8Array,
  read: (sha256: string) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const addresses = baseFilesOf(base);
  const folder: FolderFiles = {
    sizes: new Map(Object.keys(addresses).map((name) => [name, base.files[name]?.sizeBytes ?? 0])),
    read: (name) => read(addresses[name] ?? ""),
  };
  const { parameters } = await readModelFolder(folder, config.contextLength);
  const vector = readAdapters(config, adapters, adapterModel);
  await mergeAdapters(config, adapters, parameters, vector, () => new Promise((resolve) => setTimeout(resolve)));
  return writeModel(config, parameters);
}
