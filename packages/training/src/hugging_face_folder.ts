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

/** A model folder that was looked through. */
export interface DescribedModel extends HuggingFaceModel {
  /** The files that hold the weights. */
  readonly weightFiles: readonly string[];
}

/** A model that was read. */
export interface ImportedModel extends DescribedModel {
  /** Flat vector of `parameterLayout(config)`. */
  readonly parameters: Float32Array;
}

const CONFIG = "config.json";
const WEIGHTS = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const LARGEST_JSON_BYTES = 32 << 20;
const SMALLEST_FLOAT_BYTES = 2;
const LARGEST_PARAMETER_BYTES = 8;
/** Masks that early versions of transformers stored, and an output matrix that is tied all the same. */
const LARGEST_OTHER_BYTES = 2 ** 30;
const PICKLE = /\.(?:bin|pt|pth|pkl|ckpt)$/;
/** How many names an error lists. */
const NAMED = 5;

/**
 * Reads the configuration and says which files hold the weights, without reading them.
 * @throws {TypeError} If a file is missing or damaged, the configuration is one that we cannot compute, the weights are pickled, or their
 *   files are too small for it or several times too large. The message names the file or key.
 */
export async function describeModelFolder(folder: FolderFiles): Promise<DescribedModel> {
  const model = readHuggingFaceConfig(await readJson(folder, CONFIG));
  const weightFiles = await listWeightFiles(folder);
  const sizeBytes = weightFiles.reduce((sum, name) => sum + (folder.sizes.get(name) ?? 0), 0);
  const count = parameterCount(model.config);
  // Before memory is asked for: a configuration may claim anything, and so may a file.
  if (count * SMALLEST_FLOAT_BYTES > sizeBytes) {
    return fail(`${CONFIG} describes ${count} parameters, which ${sizeBytes} bytes of weights cannot hold`);
  }
  const largest = count * LARGEST_PARAMETER_BYTES + LARGEST_OTHER_BYTES;
  if (sizeBytes > largest) {
    return fail(
      `${CONFIG} describes ${count} parameters; found ${sizeBytes} bytes of weights, wanted at most ${largest}`,
    );
  }
  return { ...model, weightFiles };
}

/**
 * Checks every tensor of a folder, as `readModelFolder` does, without holding them all.
 * @throws {TypeError} As `readModelFolder`.
 */
export async function checkModelFolder(folder: FolderFiles): Promise<DescribedModel> {
  const model = await describeModelFolder(folder);
  await takeAll(folder, model, (_, size) => new Float32Array(size));
  return model;
}

/**
 * Reads configuration and weights.
 * @param contextLength Of the model that is read, at most that of the folder: of a table of positions the first rows are taken. Default: the
 *   folder's.
 * @throws {TypeError} If a file is missing, damaged or of a kind that is not read; if the configuration is one that we cannot compute; if a
 *   tensor is missing, unknown, of another shape or type, or not finite. The message names the file, key or tensor.
 */
export async function readModelFolder(folder: FolderFiles, contextLength?: number): Promise<ImportedModel> {
  const model = await describeModelFolder(folder);
  const config = { ...model.config, contextLength: contextLength ?? model.config.contextLength };
  if (config.contextLength > model.config.contextLength) {
    fail(`found a context of ${model.config.contextLength} tokens, wanted at least ${config.contextLength}`);
  }
  const parameters = new Float32Array(parameterVectorSize(config));
  const places = new Map(parameterLayout(config).map(({ name, offset, size }) => [name, [offset, offset + size]]));
  await takeAll(folder, model, (name) => parameters.subarray(...(places.get(name) ?? [])));
  return { ...model, config, parameters };
}

/**
 * Takes the tensors of all files.
 * @param placeOf Where a parameter goes, by its name and its size in the folder; a shorter place takes its first elements.
 */
async function takeAll(
  folder: FolderFiles,
  { config, weightFiles }: DescribedModel,
  placeOf: (name: string, size: number) => Float32Array,
): Promise<void> {
  const missing = new Map(parameterLayout(config).map((parameter) => [parameter.name, parameter]));
  const outputs: Floats[] = [];
  let embedding: Float32Array = new Float32Array();
  const place = (name: string, size: number): Float32Array => {
    const target = placeOf(name, size);
    if (EMBEDDING.test(name)) embedding = target;
    return target;
  };
  for (const file of weightFiles) outputs.push(...takeTensors(config, file, await folder.read(file), missing, place));
  if (missing.size > 0) fail(`found no tensor ${listed([...missing.keys()])}`);
  // Not before all files are read: the embedding may lie in another than its copy.
  for (const output of outputs) requireTied(config, output, embedding);
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
  placeOf: (name: string, size: number) => Float32Array,
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
      copyTensor({ file, name: stored, tensor }, parameter.shape, placeOf(name, parameter.size));
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
const EMBEDDING = /\.(?:wte|embed_tokens)\.weight$/;

/** Masks and frequencies that earlier versions of transformers stored. */
function isLeftOut({ architecture }: ModelConfig, name: string): boolean {
  return architecture === "gpt2"
    ? /(?:^|\.)h\.\d+\.attn\.(?:masked_)?bias$/.test(name)
    : name.endsWith(".rotary_emb.inv_freq");
}

/** The output matrix of a tied model is its embedding. */
function requireTied({ vocabularySize, width }: ModelConfig, output: Floats, embedding: Float32Array): void {
  const copy = new Float32Array(embedding.length);
  copyTensor(output, [vocabularySize, width], copy);
  if (copy.some((value, index) => value !== embedding[index])) {
    const wanted = `wanted the same or an untied model in ${CONFIG}`;
    fail(`${output.file}: found in "${output.name}" other weights than those of the embedding, ${wanted}`);
  }
}

/** @param target As many floats as the shape has, or fewer rows. */
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
  copyFloats(
    bytes.subarray(0, (bytes.length / wanted.reduce((size, extent) => size * extent, 1)) * target.length),
    type,
    target,
  );
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
