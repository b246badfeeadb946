/**
 * Adapters for which each element matters, drawn by seed. Run as a program it writes a folder of them for each model of
 * `test/kit/testdata`, for `testdata/make_adapter_golden.py`.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type AdapterConfig,
  adapterLayout,
  huggingFaceAdapterConfig,
  type ModelConfig,
  readHuggingFaceConfig,
} from "@millrace/transformer";
import { writeSafetensors } from "../safetensors.ts";

export const LIVELY: AdapterConfig = { rank: 3, alpha: 6, targets: ["attention", "feedForward"] };
const MODELS = ["tiny-gpt2", "tiny-llama"];

/** Bytes of `adapter_model.safetensors`. */
export function livelyAdapters(config: ModelConfig): Uint8Array {
  const tensors = adapterLayout(config, LIVELY).map(({ name, shape, offset, size }) => {
    const data = Float32Array.from(
      { length: size },
      (_, at) => ((Math.imul(offset + at + 1, 0x9e3779b1) >>> 16) / 65536 - 0.5) / 2,
    );
    return [name, { shape, data }] as const;
  });
  return writeSafetensors(new Map(tensors), { format: "pt" });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , target = ""] = process.argv;
  for (const model of MODELS) {
    const file = new URL(`../../../../test/kit/testdata/${model}/config.json`, import.meta.url);
    const { config } = readHuggingFaceConfig(JSON.parse(readFileSync(file, "utf8")));
    mkdirSync(`${target}/${model}`, { recursive: true });
    writeFileSync(`${target}/${model}/adapter_model.safetensors`, livelyAdapters(config));
    const described = huggingFaceAdapterConfig(model, config, LIVELY);
    writeFileSync(`${target}/${model}/adapter_config.json`, JSON.stringify(described));
  }
}
