/** Checks a model folder by ranges of bytes: weights may be larger than memory, and nobody else is kept waiting. */
import { copyFloats, type FloatType } from "./float_bytes.ts";
import {
  createFinder,
  EMBEDDING,
  failIn,
  type Found,
  requireFinite,
  requireFloats,
  requireSame,
} from "./found_tensors.ts";
import { type DescribedModel, describeModelFolder, type RangedFiles } from "./hugging_face_folder.ts";
import { type TensorPlace, tensorPlaces } from "./safetensors.ts";

/** Floats that are held at a time: 8 MiB of float32. */
const PIECE = 2 ** 21;

type Place = Found<TensorPlace>;

/**
 * Checks every tensor of a folder, as `readModelFolder` does. Holds a few pieces of 8 MiB, and the header of a file.
 * @throws {TypeError} As `readModelFolder`.
 */
export async function checkModelFolder(folder: RangedFiles): Promise<DescribedModel> {
  const model = await describeModelFolder(folder);
  const found = createFinder<TensorPlace>(model.config);
  const outputs: Place[] = [];
  let embedding: Place | undefined;
  for (const file of model.weightFiles) {
    const range = (from: number, to: number): Promise<Uint8Array> => folder.range(file, from, to);
    const places = await tensorPlaces(folder.sizes.get(file) ?? 0, range).catch((cause: unknown) =>
      failIn(file, cause),
    );
    const { parameters, tied } = found.sortOut(file, places);
    outputs.push(...tied);
    embedding ??= parameters.find(({ parameter }) => EMBEDDING.test(parameter.name));
    for (const one of parameters)
      for await (const { at, floats } of piecesOf(folder, one)) requireFinite(one, floats, at);
  }
  found.requireAll();
  for (const output of outputs) if (embedding !== undefined) await compare(folder, output, embedding);
  return model;
}

async function compare(folder: RangedFiles, output: Place, embedding: Place): Promise<void> {
  const other = piecesOf(folder, embedding);
  for await (const { at, floats } of piecesOf(folder, output)) {
    requireFinite(output, floats, at);
    const { value } = await other.next();
    requireSame(output, floats, value?.floats ?? new Float32Array());
  }
}

interface Piece {
  /** Which of the tensor's floats the first one is. */
  readonly at: number;
  readonly floats: Float32Array;
}

async function* piecesOf(folder: RangedFiles, one: Place): AsyncGenerator<Piece, undefined> {
  const type: FloatType = requireFloats(one);
  const { file, tensor, parameter } = one;
  const bytes = parameter.size === 0 ? 0 : (tensor.to - tensor.from) / parameter.size;
  for (let at = 0; at < parameter.size; at += PIECE) {
    const floats = new Float32Array(Math.min(PIECE, parameter.size - at));
    const from = tensor.from + at * bytes;
    copyFloats(await folder.range(file, from, from + floats.length * bytes), type, floats);
    yield { at, floats };
  }
}
