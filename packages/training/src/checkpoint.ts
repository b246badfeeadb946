/**
 * Checkpoints: `model` is the model.safetensors that Hugging Face libraries read and whose hash names a version; `state` is what
 * else an exact resume needs.
 */
import { type ModelConfig, type Parameter, parameterLayout, parameterVectorSize } from "@millrace/transformer";
import type { AdamWState } from "./adamw.ts";
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from "./safetensors.ts";

export interface Checkpoint {
  /** Bytes of model.safetensors. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** Bytes of state.safetensors. */
  readonly state: Uint8Array<ArrayBuffer>;
}

/** Writes a checkpoint; it shares no memory with the state. */
export function writeCheckpoint(
  layout: readonly Parameter[],
  state: AdamWState,
  seed: number,
  stepsApplied: number,
): Checkpoint {
  const parameters = layout.map(({ name, shape, offset, size }): [string, SafetensorsTensor] => [
    name,
    { shape, data: state.parameters.subarray(offset, offset + size) },
  ]);
  return {
    // Hugging Face's loaders refuse a file that does not name the framework whose layout it has.
    model: writeSafetensors(new Map(parameters), { format: "pt" }),
    state: writeSafetensors(
      new Map([
        ["firstMoments", vector(state.firstMoments)],
        ["secondMoments", vector(state.secondMoments)],
        ["seed", one(seed)],
        ["stepsApplied", one(stepsApplied)],
      ]),
    ),
  };
}

/**
 * Reads a checkpoint into a state.
 * @returns The number of steps that were applied.
 * @throws {TypeError} If a tensor is missing, unknown or has another shape, or the seed is another.
 */
export function readCheckpoint(
  layout: readonly Parameter[],
  checkpoint: { readonly model: Uint8Array; readonly state: Uint8Array },
  seed: number,
  into: AdamWState,
): number {
  const parameters = parametersIn(layout, checkpoint.model);
  const state = readSafetensors(checkpoint.state).tensors;
  const length = [into.firstMoments.length];
  const firstMoments = floats(state, "firstMoments", length);
  const secondMoments = floats(state, "secondMoments", length);
  const foundSeed = integer(state, "seed");
  if (foundSeed !== seed) throw new TypeError(`reading a checkpoint: its seed is ${foundSeed}, wanted ${seed}`);
  const stepsApplied = integer(state, "stepsApplied");

  for (const [offset, data] of parameters) into.parameters.set(data, offset);
  into.firstMoments.set(firstMoments);
  into.secondMoments.set(secondMoments);
  return stepsApplied;
}

/**
 * Reads a model.safetensors for use without its optimiser.
 * @returns The flat vector of `parameterLayout(config)`.
 * @throws {TypeError} If a tensor is missing, unknown or has another shape.
 */
export function readModel(config: ModelConfig, model: Uint8Array): Float32Array {
  const vector = new Float32Array(parameterVectorSize(config));
  for (const [offset, data] of parametersIn(parameterLayout(config), model)) vector.set(data, offset);
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
