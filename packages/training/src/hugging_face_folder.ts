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
  readHuggingFaceConfig,
  vectorSize,
} from "@millrace/transformer";
import { z } from "zod";
import { copyFloats } from "./float_bytes.ts";
import {
  createFinder,
  EMBEDDING,
  fail,
  type Found,
  requireFinite,
  requireFloats,
  requireSame,
  withCause,
} from "./found_tensors.ts";
import { type StoredTensor, storedTensors } from "./safetensors.ts";

/** The files at the top of a folder. */
export interface FolderFiles {
  /** Bytes of each file by name. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Reads one that `sizes` names. */
  read(name: string): Promise<Uint8Array>;
}

/** Files that need not be held whole. */
export interface RangedFiles extends FolderFiles {
  /** Reads bytes of one: from, up to and not including, to. */
  range(name: string, from: number, to: number): Promise<Uint8Array>;
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
 * Reads configuration and weights.
 * @param contextLength Of the model that is read, at most that of the folder: of a table of positions the first rows are taken. Default: the
 *   folder's.
 * @throws {TypeError} If a file is missing, damaged or of a kind that is not read; if the configuration is one that we cannot compute; if a
 *   tensor is missing, unknown, of another shape or type, or not finite. The message names the file, key or tensor.
 */
export async function readModelFolder(folder: FolderFiles, contextLength?: number): Promise<ImportedModel> {
  const model = await describeModelFolder(folder);
  const config = { ...model.config, contextLength: contextLength ?? model.config.contextLength };
  const [parameters = new Float32Array()] = await takeParts(folder, model, config, [parameterLayout(config)]);
  return { ...model, config, parameters };
}

/**
 * Reads the weights of a model that is cut into parts.
 * @param config Of the model that is wanted: the folder's, or with a shorter context.
 * @param layouts Where the parameters of each part lie in a flat vector of its own; each parameter is in one of them.
 * @returns The vector of each part.
 * @throws {TypeError} As `readModelFolder`.
 */
export async function readModelParts(
  folder: FolderFiles,
  config: ModelConfig,
  layouts: readonly (readonly Parameter[])[],
): Promise<Float32Array[]> {
  return takeParts(folder, await describeModelFolder(folder), config, layouts);
}

async function takeParts(
  folder: FolderFiles,
  model: DescribedModel,
  { contextLength }: ModelConfig,
  layouts: readonly (readonly Parameter[])[],
): Promise<Float32Array[]> {
  if (contextLength > model.config.contextLength) {
    fail(`found a context of ${model.config.contextLength} tokens, wanted at least ${contextLength}`);
  }
  const parts = layouts.map((layout) => new Float32Array(vectorSize(layout)));
  const places = new Map(
    layouts.flatMap((layout, part) =>
      layout.map(({ name, offset, size }) => [name, parts[part]!.subarray(offset, offset + size)] as const),
    ),
  );
  await takeAll(folder, model, (name) => places.get(name)!);
  return parts;
}

/**
 * Takes the tensors of all files.
 * @param placeOf Where a parameter goes, by its name; a shorter place takes its first elements.
 */
async function takeAll(
  folder: FolderFiles,
  { config, weightFiles }: DescribedModel,
  placeOf: (name: string) => Float32Array,
): Promise<void> {
  const found = createFinder<StoredTensor>(config);
  const outputs: Found<StoredTensor>[] = [];
  let embedding: Float32Array = new Float32Array();
  for (const file of weightFiles) {
    const bytes = await folder.read(file);
    const { parameters, tied } = found.sortOut(file, withCause(file, () => storedTensors(bytes)).tensors);
    outputs.push(...tied);
    for (const one of parameters) {
      const target = placeOf(one.parameter.name);
      if (EMBEDDING.test(one.parameter.name)) embedding = target;
      copyTensor(one, target);
    }
  }
  found.requireAll();
  // Not before all files are read: the embedding may lie in another than its copy.
  for (const output of outputs) requireTied(output, embedding);
}

function copyTensor({ file, name, tensor, parameter }: Found<StoredTensor>, target: Float32Array): void {
  const type = requireFloats({ file, name, tensor, parameter });
  const { bytes } = tensor;
  copyFloats(bytes.subarray(0, (bytes.length / parameter.size) * target.length), type, target);
  requireFinite({ file, name }, target, 0);
}

/** The output matrix of a tied model is its embedding. */
function requireTied(output: Found<StoredTensor>, embedding: Float32Array): void {
  const copy = new Float32Array(embedding.length);
  copyTensor(output, copy);
  requireSame(output, copy, embedding);
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
  if (size === undefined) return fail(`found no ${name}, wanted a folder as save_pretrained writes it`);
  if (size > LARGEST_JSON_BYTES) return fail(`${name} has ${size} bytes, wanted at most ${LARGEST_JSON_BYTES}`);
  const bytes = await folder.read(name);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    // The reason would quote the file, which may be any of that name.
    return fail(`${name} is no JSON`, cause);
  }
}
