/**
 * Checkpoints: `model` is the model.safetensors that Hugging Face libraries read and whose hash names a version; `state` is what
 * else an exact resume needs.
 */
import {
  type AdapterConfig,
  adapterLayout,
  type ModelConfig,
  type Parameter,
  parameterLayout,
  vectorSize,
} from "@millrace/transformer";
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from "./safetensors.ts";

export interface Checkpoint {
  /** Bytes of model.safetensors. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** Bytes of state.safetensors. */
  readonly state: Uint8Array<ArrayBuffer>;
}

/** All that training changes; vectors are as long as the parameters. */
export interface TrainedState {
  readonly parameters: Float32Array;
  /** Their moving average, if there is one; it is then the model. */
  readonly averages: Float32Array | undefined;
  /** Name of the optimiser. */
  readonly optimiser: string;
  /** What the optimiser remembers, by name. */
  readonly memory: Readonly<Record<string, Float32Array>>;
  /** Numbers of the loss scaling, if there is one. */
  readonly lossScale?: Float32Array | undefined;
}

/** Optimiser of checkpoints that name none: it was the only one. */
const FIRST_OPTIMISER = "adamw";

/** Writes a checkpoint; it shares no memory with the state. */
export function writeCheckpoint(
  layout: readonly Parameter[],
  { parameters, averages, optimiser, memory, lossScale }: TrainedState,
  seed: number,
  stepsApplied: number,
): Checkpoint {
  const state = new Map(Object.entries(memory).map(([name, data]) => [name, vector(data)]));
  if (averages) state.set("parameters", vector(parameters));
  if (lossScale) state.set("lossScale", vector(lossScale));
  state.set("seed", one(seed)).set("stepsApplied", one(stepsApplied));
  return {
    model: writeParameters(layout, averages ?? parameters),
    state: writeSafetensors(state, optimiser === FIRST_OPTIMISER ? {} : { optimiser }),
  };
}

/** Writes the parameters of a layout as model.safetensors. */
function writeParameters(layout: readonly Parameter[], vector: Float32Array): Uint8Array<ArrayBuffer> {
  const tensors = layout.map(({ name, shape, offset, size }): [string, SafetensorsTensor] => [
    name,
    { shape, data: vector.subarray(offset, offset + size) },
  ]);
  // Hugging Face's loaders refuse a file that does not name the framework whose layout it has.
  return writeSafetensors(new Map(tensors), { format: "pt" });
}

/** Writes the model.safetensors of a model. @param vector Of `parameterLayout(config)`. */
export function writeModel(config: ModelConfig, vector: Float32Array): Uint8Array<ArrayBuffer> {
  return writeParameters(parameterLayout(config), vector);
}

/**
 * Reads a checkpoint into a state.
 * @returns The number of steps that were applied.
 * @throws {TypeError} If a tensor is missing, unknown or has another shape, the seed or the optimiser is another, or one has a
 * moving average and the other has none.
 */
export function readCheckpoint(
  layout: readonly Parameter[],
  checkpoint: { readonly model: Uint8Array; readonly state: Uint8Array },
  seed: number,
  into: TrainedState,
): number {
  const served = parametersIn(layout, checkpoint.model);
  const { tensors, metadata } = readSafetensors(checkpoint.state);
  checkKind(tensors, metadata["optimiser"] ?? FIRST_OPTIMISER, into);
  const length = [into.parameters.length];
  const memory = Object.entries(into.memory).map(([name, data]) => [data, floats(tensors, name, length)] as const);
  const parameters = into.averages && floats(tensors, "parameters", length);
  const lossScale = into.lossScale && floats(tensors, "lossScale", [into.lossScale.length]);
  const foundSeed = integer(tensors, "seed");
  if (foundSeed !== seed) throw new TypeError(`reading a checkpoint: its seed is ${foundSeed}, wanted ${seed}`);
  const stepsApplied = integer(tensors, "stepsApplied");

  for (const [offset, data] of served) (into.averages ?? into.parameters).set(data, offset);
  if (lossScale) into.lossScale?.set(lossScale);
  if (parameters) into.parameters.set(parameters);
  for (const [data, found] of memory) data.set(found);
  return stepsApplied;
}

function checkKind(state: Tensors, optimiser: string, wanted: TrainedState): void {
  if (optimiser !== wanted.optimiser) {
    throw new TypeError(
      `reading a checkpoint: it was made with train.optimiser "${optimiser}", wanted "${wanted.optimiser}"; what one optimiser remembers is of no use to another`,
    );
  }
  const scaled = state.has("lossScale");
  if (scaled !== (wanted.lossScale !== undefined)) {
    const [found, other] = scaled ? ["mixed", "float32"] : ["float32", "mixed"];
    throw new TypeError(`reading a checkpoint: it was made with train.precision "${found}", wanted "${other}"`);
  }
  const averaged = state.has("parameters");
  if (averaged !== (wanted.averages !== undefined)) {
    const [found, other] = averaged ? ["a", "none (no train.averageDecay)"] : ["no", "one (train.averageDecay is set)"];
    throw new TypeError(`reading a checkpoint: it has ${found} moving average of the weights, wanted ${other}`);
  }
}

/**
 * Reads a model.safetensors for use without its optimiser.
 * @returns The flat vector of `parameterLayout(config)`.
 * @throws {TypeError} If a tensor is missing, unknown or has another shape.
 */
export function readModel(config: ModelConfig, model: Uint8Array): Float32Array {
  return readParameters(parameterLayout(config), model);
}

/** Reads the checkpoint of a training of adapters, as `readModel` does. */
export function readAdapters(config: ModelConfig, adapters: AdapterConfig, model: Uint8Array): Float32Array {
  return readParameters(adapterLayout(config, adapters), model);
}

function readParameters(layout: readonly Parameter[], file: Uint8Array): Float32Array {
  const vector = new Float32Array(vectorSize(layout));
  for (const [offset, data] of parametersIn(layout, file)) vector.set(data, offset);
  return vector;
}

function parametersIn(layout: readonly Parameter[], file: Uint8Array): (readonly [number, Float32Array])[] {
  const model = readSafetensors(file).tensors;
  const parameters = layout.map(({ name, shape, offset }) => [offset, floats(model, name, shape)] as const);
  if (model.size !== layout.length) {
    const known = new Set(layout.map(({ name }) => name));
    const unknown = [...model.keys()].filter((name) => !known.has(name));
    throw new TypeError(`reading a checkpoint: unknown tensors ${unknown.join(", ")}`);
  }
  return parameters;
}

function one(value: number): SafetensorsTensor {
  return { shape: [1], data: BigInt64Array.of(BigInt(value)) };
}

function vector(data: Float32Array): SafetensorsTensor {
  return { shape: [data.length], data };
}

type Tensors = ReadonlyMap<string, SafetensorsTensor>;

function floats(tensors: Tensors, name: string, shape: readonly number[]): Float32Array {
  const tensor = tensors.get(name);
  if (!(tensor?.data instanceof Float32Array) || tensor.shape.join() !== shape.join()) {
    const found = tensor === undefined ? "none" : `${tensor.data.constructor.name} [${tensor.shape}]`;
    throw new TypeError(`reading a checkpoint: tensor "${name}" is ${found}, wanted Float32Array [${shape}]`);
  }
  return tensor.data;
}

function integer(tensors: Tensors, name: string): number {
  const data = tensors.get(name)?.data;
  const value = data instanceof BigInt64Array && data.length === 1 ? Number(data[0]) : NaN;
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`reading a checkpoint: "${name}" is ${value}, wanted one int64 of at least 0`);
  }
  return value;
}
