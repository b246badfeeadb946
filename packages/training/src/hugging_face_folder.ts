/**
 * Reads a model folder of others in Hugging Face's layout: `config.json`, and weights as safetensors in one file or in shards.
 * Nothing in it is trusted. Pickled weights are never read, since reading a pickle runs what stands in it.
 */
import {
  type HuggingFaceModel,
  type ModelConfig,
  type Parameter,
  parameterCount,
  parameterLayout,
  parameterVectorSize,
  readHuggingFaceConfig,
} from "@millrace/transformer";
import { z } from "zod";
import { copyFloats, FLOAT_TYPES, type FloatType } from "./float_bytes.ts";
import { type StoredTensor, storedTensors } from "./safetensors.ts";

/** The files at the top of a folder. */
export interface FolderFiles {
  /** Bytes of each file by name. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Reads one that `sizes` names. */
  read(name: string): Promise<Uint8Array>;
}

/** A model that was read. */
export interface ImportedModel extends HuggingFaceModel {
  /** Flat vector of `parameterLayout(config)`. */
  readonly parameters: Float32Array;
  /** The files that hold the weights. */
  readonly weightFiles: readonly string[];
}

const CONFIG = "config.json";
const WEIGHTS = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const LARGEST_JSON_BYTES = 32 << 20;
const SMALLEST_FLOAT_BYTES = 2;
const PICKLE = /\.(?:bin|pt|pth|pkl|ckpt)$/;
/** How many names an error lists. */
const NAMED = 5;

/**
 * Reads configuration and weights.
 * @throws {TypeError} If a file is missing, damaged or of a kind that is not read; if the configuration is one that we cannot compute; if a
 *   tensor is missing, unknown, of another shape or type, or not finite. The message names the file, key or tensor.
 */
export async function readModelFolder(folder: FolderFiles): Promise<ImportedModel> {
  const model = readHuggingFaceConfig(await readJson(folder, CONFIG));
  const weightFiles = await listWeightFiles(folder);
  const sizeBytes = weightFiles.reduce((sum, name) => sum + (folder.sizes.get(name) ?? 0), 0);
  const count = parameterCount(model.config);
  // Before memory is asked for: a configuration may claim anything.
  if (count * SMALLEST_FLOAT_BYTES > sizeBytes) {
    return fail(`${CONFIG} describes ${count} parameters, which ${sizeBytes} bytes of weights cannot hold`);
  }
  const parameters = new Float32Array(parameterVectorSize(model.config));
  const missing = new Map(parameterLayout(model.config).map((parameter) => [parameter.name, parameter]));
  const outputs: Floats[] = [];
  for (const file of weightFiles)
    outputs.push(...takeTensors(model.config, file, await folder.read(file), missing, parameters));
  if (missing.size > 0) fail(`found no tensor ${listed([...missing.keys()])}`);
  // Not before all files are read: the embedding may lie in another than its copy.
  for (const output of outputs) requireTied(model.config, output, parameters);
  return { ...model, parameters, weightFiles };
}

/** Where a tensor's floats are read from. */
interface Floats {
  readonly file: string;
  readonly name: string;
  readonly tensor: StoredTensor;
}

/**
 * Copies a file's tensors to their places and takes their names off `missing`.
 * @returns The output matrix that a tied model stores all the same.
 */
function takeTensors(
  config: ModelConfig,
  file: string,
  bytes: Uint8Array,
  missing: Map<string, Parameter>,
  parameters: Float32Array,
): Floats[] {
  const { tensors } = withCause(file, () => storedTensors(bytes));
  const layout = new Map(parameterLayout(config).map((parameter) => [parameter.name, parameter]));
  const unknown: string[] = [];
  const outputs: Floats[] = [];
  for (const [stored, tensor] of tensors) {
    const name = layout.has(stored) ? stored : `${BASE[config.architecture]}.${stored}`;
    const parameter = layout.get(name);
    if (parameter === undefined) {
      if (stored === OUTPUT) outputs.push({ file, name: stored, tensor });
      else if (!isLeftOut(config, stored)) unknown.push(stored);
    } else if (missing.delete(name)) {
      const target = parameters.subarray(parameter.offset, parameter.offset + parameter.size);
      copyTensor({ file, name: stored, tensor }, parameter.shape, target);
    } else {
      fail(`${file}: found the tensor "${name}" a second time`);
    }
  }
  if (unknown.length > 0) fail(`${file}: found unknown tensors ${listed(unknown)}`);
  return outputs;
}

/** What stands before a tensor's name unless a checkpoint is of the class without an output matrix, as GPT-2's own are. */
const BASE: Readonly<Record<ModelConfig["architecture"], string>> = { gpt2: "transformer", llama: "model" };

const OUTPUT = "lm_head.weight";

/** Masks and frequencies that earlier versions of transformers stored. */
function isLeftOut({ architecture }: ModelConfig, name: string): boolean {
  return architecture === "gpt2"
    ? /(?:^|\.)h\.\d+\.attn\.(?:masked_)?bias$/.test(name)
    : name.endsWith(".rotary_emb.inv_freq");
}

/** The output matrix of a tied model is its embedding. */
function requireTied(config: ModelConfig, output: Floats, parameters: Float32Array): void {
  const embedding = parameterLayout(config).find(({ name }) => /\.(?:wte|embed_tokens)\.weight$/.test(name));
  if (embedding === undefined) return fail(`found no embedding to compare "${output.name}" with`);
  const copy = new Float32Array(embedding.size);
  copyTensor(output, embedding.shape, copy);
  const own = parameters.subarray(embedding.offset, embedding.offset + embedding.size);
  if (copy.some((value, index) => value !== own[index])) {
    const wanted = `wanted ${embedding.name} or an untied model in ${CONFIG}`;
    fail(`${output.file}: found in "${output.name}" other weights than those of the embedding, ${wanted}`);
  }
}

/** @param target As many floats as the shape has. */
function copyTensor(
  { file, name, tensor: { dtype, shape, bytes } }: Floats,
  wanted: readonly number[],
  target: Float32Array,
): void {
  const type = FLOAT_TYPES.find((known): known is FloatType => known === dtype);
  if (type === undefined) return fail(`${file}: tensor "${name}" is of ${dtype}, wanted ${FLOAT_TYPES.join(", ")}`);
  if (shape.join() !== wanted.join()) {
    return fail(`${file}: tensor "${name}" has the shape [${shape}], wanted [${wanted}] as ${CONFIG} says`);
  }
  copyFloats(bytes, type, target);
  const bad = target.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) fail(`${file}: tensor "${name}" has ${target[bad]} at ${bad}, wanted finite float32 numbers`);
}

const Index = z.object({
  weight_map: z.record(z.string(), z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*\.safetensors$/)),
});

async function listWeightFiles(folder: FolderFiles): Promise<readonly string[]> {
  if (folder.sizes.has(WEIGHTS)) return [WEIGHTS];
  if (!folder.sizes.has(INDEX)) {
    const pickle = [...folder.sizes.keys()].find((name) => PICKLE.test(name));
    const found =
      pickle === undefined ? "" : ` beside ${pickle}; reading a pickle runs what stands in it, so convert it first`;
    return fail(`found neither ${WEIGHTS} nor ${INDEX}${found}`);
  }
  const index = Index.safeParse(await readJson(folder, INDEX));
  if (!index.success)
    return fail(`${INDEX}: ${index.error.issues[0]?.path.join(".")}: wanted names of files beside it`);
  if (Object.keys(index.data.weight_map).length === 0)
    return fail(`${INDEX}: weight_map: found nothing in it, wanted the file of each tensor`);
  const shards = [...new Set(Object.values(index.data.weight_map))].sort();
  const absent = shards.find((shard) => !folder.sizes.has(shard));
  return absent === undefined ? shards : fail(`${INDEX} names ${absent}, which is not there`);
}

async function readJson(folder: FolderFiles, name: string): Promise<unknown> {
  const size = folder.sizes.get(name);
  if (size === undefined) return fail(`found no ${name}`);
  if (size > LARGEST_JSON_BYTES) return fail(`${name} has ${size} bytes, wanted at most ${LARGEST_JSON_BYTES}`);
  const bytes = await folder.read(name);
  return withCause(name, () => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown);
}

function withCause<Result>(file: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    return fail(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function fail(problem: string, cause?: unknown): never {
  throw new TypeError(`reading a model folder: ${problem}`, { cause });
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return (
    names
      .slice(0, NAMED)
      .map((name) => `"${name}"`)
      .join(", ") + more
  );
}
