/** One random model in both forms: our serving package, and the export that transformers.js loads. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Artifacts } from "@millrace/artifacts";
import type { ArtifactRef, ServingWeights } from "@millrace/contracts";
import { type Tokenizer, loadTokenizer, trainBpe } from "@millrace/tokenizer";
import {
  exportGraph,
  huggingFaceConfig,
  huggingFaceGenerationConfig,
  initialParameters,
  type ModelConfig,
} from "@millrace/transformer";
import { storePackage } from "../src/testing/tiny_package.ts";

/** Token that ends a text; both sides are kept from choosing it. */
const END = 0;

export interface BenchModel {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  /** Stores a package that decodes this many sequences at once. */
  store(artifacts: Artifacts, version: number, slots: number, weights: ServingWeights): Promise<ArtifactRef>;
  /** Writes the export in Hugging Face's layout. @returns Its folder, and what removes it. */
  writeExport(): Promise<{ readonly folder: string; remove(): Promise<void> }>;
}

/** Makes the model; its numbers are those of a model that learned nothing, which cost the same. */
export async function benchModel(config: ModelConfig): Promise<BenchModel> {
  const { json } = await trainBpe([words(40_000)], { vocabularySize: config.vocabularySize });
  const parameters = initialParameters(config, 1);
  return {
    config,
    tokenizer: loadTokenizer(json),
    store: (artifacts, version, slots, weights) =>
      storePackage(artifacts, { version, config, parameters, tokenizer: json, slots, beside: { weights } }),
    async writeExport() {
      const folder = await mkdtemp(join(tmpdir(), "millrace-bench-export-"));
      const special = { bos: END, eos: END };
      await mkdir(join(folder, "bench", "onnx"), { recursive: true });
      await writeFile(join(folder, "bench", "onnx", "model.onnx"), exportGraph(config, parameters).model);
      await writeFile(join(folder, "bench", "config.json"), JSON.stringify(huggingFaceConfig(config, special)));
      const generation = JSON.stringify(huggingFaceGenerationConfig(special));
      await writeFile(join(folder, "bench", "generation_config.json"), generation);
      return { folder, remove: () => rm(folder, { recursive: true }) };
    },
  };
}

/** Random words, enough for any vocabulary. */
function words(count: number): string {
  let state = 1;
  const below = (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % bound;
  };
  const word = (): string =>
    Array.from({ length: 3 + below(6) }, () => String.fromCharCode(97 + Math.min(below(26), below(26)))).join("");
  return Array.from({ length: count }, word).join(" ");
}
