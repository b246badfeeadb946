/**
 * Element-wise ONNX graphs over flat vectors, run in place over stretches that fit the processor's cache. Where every operation
 * rounds once (IEEE 754 sums, products, quotients, square roots), neither the length of a stretch nor how many run at once nor the
 * processor changes a bit.
 */
import type { BoundRun, Executor } from "@millrace/execution";
import { type Dialect, input, onnxModel, type Tensor } from "@millrace/tensor";

/** Elements of a stretch. Measured: half as many cost a tenth more time, four times as many no less on one core. */
const STRETCH = 131_072;

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

/** Writes the graph of an update. */
export function elementwiseModel<Vector extends string, Factor extends string>(
  { name, vectors, factors, update }: ElementwiseUpdate<Vector, Factor>,
  dialect: Dialect,
): ElementwiseModel<Vector> {
  const tensors = {
    ...byName(vectors, (vector) => input(vector, "float32", ["elements"])),
    ...byName(factors, (factor) => input(factor, "float32", [1])),
  } as Record<Vector | Factor, Tensor>;
  const updated = Object.entries<Tensor | undefined>(update(tensors)).filter(
    (entry): entry is [Vector, Tensor] => entry[1] !== undefined,
  );
  const outputs = Object.fromEntries(updated.map(([vector, tensor]) => [outputOf(vector), tensor]));
  const model = onnxModel({ name, inputs: Object.values<Tensor>(tensors), outputs, dialect });
  return { model, changing: updated.map(([vector]) => vector) };
}

/**
 * Opens an update.
 * @param ranges Elements that it is for.
 * @param concurrency Stretches under way at once.
 */
export async function openElementwise<Vector extends string, Factor extends string>(
  executor: Executor,
  update: ElementwiseUpdate<Vector, Factor>,
  ranges: readonly Range[],
  concurrency: number,
): Promise<Elementwise<Vector, Factor>> {
  const { vectors: vectorNames, factors: factorNames } = update;
  const { model, changing } = elementwiseModel(update, executor.dialect);
  const session = await executor.createSession(model, { threads: 1 });
  const factorViews = byName(factorNames, () => oneNumber());
  const stretches = ranges.flatMap(stretchesOf);
  const bind = (vectors: Readonly<Record<Vector, Float32Array>>, [start, end]: Range): BoundRun => {
    const views = byName(vectorNames, (vector) => ({
      data: vectors[vector].subarray(start, end),
      shape: [end - start],
    }));
    const fetches = Object.fromEntries(changing.map((vector) => [outputOf(vector), views[vector]]));
    return session.bind({ ...views, ...factorViews }, fetches);
  };
  // A training updates the same few vectors at every step, in hundreds of stretches.
  let last: { readonly vectors: Readonly<Record<Vector, Float32Array>>; readonly runs: BoundRun[] } | undefined;

  return {
    async run(vectors, factors) {
      for (const factor of factorNames) factorViews[factor].data[0] = factors[factor];
      const known = last;
      if (known === undefined || !vectorNames.every((name) => isSameMemory(vectors[name], known.vectors[name]))) {
        last = { vectors, runs: stretches.map((stretch) => bind(vectors, stretch)) };
      }
      await eachOf(last!.runs, concurrency, (run) => run());
    },
    release: () => session.release(),
  };
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

function isSameMemory(a: Float32Array, b: Float32Array): boolean {
  return a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
}

function stretchesOf([start, end]: Range): Range[] {
  return Array.from({ length: Math.ceil((end - start) / STRETCH) }, (_, index) => [
    start + index * STRETCH,
    Math.min(end, start + (index + 1) * STRETCH),
  ]);
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
