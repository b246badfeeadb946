/** Element-wise updates of flat vectors, written once and run where the vectors lie: see `vector_loop.ts` and `device_vectors.ts`. */
import { type Dialect, input, onnxModel, type Tensor } from "@millrace/tensor";

/** A half-open range of elements. */
export type Range = readonly [start: number, end: number];

/** What is computed for each element. */
export interface ElementwiseUpdate<Vector extends string, Factor extends string> {
  readonly name: string;
  readonly vectors: readonly Vector[];
  /** Numbers that hold for all elements and change from run to run. */
  readonly factors: readonly Factor[];
  /** Gives the new values of the vectors that change, from tensors of shape (elements) and of shape (1). */
  update(tensors: Readonly<Record<Vector | Factor, Tensor>>): Readonly<Partial<Record<Vector, Tensor>>>;
}

/** An update made ready to run. `Place` is how a vector is kept. */
export interface Elementwise<Vector extends string, Factor extends string, Place = Float32Array> {
  /** Replaces elements of the vectors, which are all of one length. */
  run(vectors: Readonly<Record<Vector, Place>>, factors: Readonly<Record<Factor, number>>): Promise<void>;
  release(): Promise<void>;
}

/** An update as a graph: inputs by the names of vectors and factors, outputs by `outputOf` the vectors that change. */
export interface ElementwiseModel<Vector extends string> {
  readonly model: Uint8Array;
  readonly changing: readonly Vector[];
}

/**
 * The tensors of an update by name, and the new values of those that change.
 * @param elements Length of the vectors; default any.
 */
export function elementwiseGraph<Vector extends string, Factor extends string>(
  { vectors, factors, update }: ElementwiseUpdate<Vector, Factor>,
  elements: number | "elements" = "elements",
): {
  readonly tensors: Readonly<Record<Vector | Factor, Tensor>>;
  readonly updated: readonly (readonly [Vector, Tensor])[];
} {
  const tensors = {
    ...byName(vectors, (vector) => input(vector, "float32", [elements])),
    ...byName(factors, (factor) => input(factor, "float32", [1])),
  } as Record<Vector | Factor, Tensor>;
  const updated = Object.entries<Tensor | undefined>(update(tensors)).filter(
    (entry): entry is [Vector, Tensor] => entry[1] !== undefined,
  );
  return { tensors, updated };
}

/** Writes an update as an ONNX model. */
export function elementwiseModel<Vector extends string, Factor extends string>(
  update: ElementwiseUpdate<Vector, Factor>,
  dialect: Dialect,
  elements?: number,
): ElementwiseModel<Vector> {
  const { tensors, updated } = elementwiseGraph(update, elements);
  const outputs = Object.fromEntries(updated.map(([vector, tensor]) => [outputOf(vector), tensor]));
  const model = onnxModel({ name: update.name, inputs: Object.values<Tensor>(tensors), outputs, dialect });
  return { model, changing: updated.map(([vector]) => vector) };
}

/** Works on entries in turn, `concurrency` at once. */
export async function eachOf<Entry>(
  entries: readonly Entry[],
  concurrency: number,
  work: (entry: Entry) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < entries.length) await work(entries[next++]!);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** Name of the output that holds a vector's new values. */
export function outputOf(vector: string): string {
  return `${vector}.updated`;
}

/** Room for one float32. */
export function oneNumber(value = 0): { readonly data: Float32Array; readonly shape: readonly number[] } {
  return { data: Float32Array.of(value), shape: [1] };
}

/** Makes a record of values by name. */
export function byName<Name extends string, Value>(
  names: readonly Name[],
  valueOf: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<Name, Value>;
}
