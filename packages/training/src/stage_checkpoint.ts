/** A checkpoint in pieces, one a stage: together they are the whole one's bytes, so that it does not matter how many stages made it. */
import { type ModelConfig, parameterLayout, parameterVectorSize, type Stage, vectorSize } from "@millrace/transformer";
import type { Checkpoint } from "./checkpoint.ts";
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from "./safetensors.ts";

type CheckpointBytes = { readonly [File in keyof Checkpoint]: Uint8Array };
type Tensors = ReadonlyMap<string, SafetensorsTensor>;

/**
 * Puts the stages' checkpoints of one step together.
 * @param stages All stages of the model.
 * @param pieces One a stage, as `exportCheckpoint` gives it.
 * @throws {TypeError} If a piece lacks a tensor.
 */
export function joinCheckpoints(
  config: ModelConfig,
  stages: readonly Stage[],
  pieces: readonly CheckpointBytes[],
): Checkpoint {
  const models = pieces.map(({ model }) => readSafetensors(model));
  const states = pieces.map(({ state }) => readSafetensors(state));
  const offsets = offsetsOf(config);
  const joined = new Map<string, SafetensorsTensor>();
  for (const [name, tensor] of states[0]?.tensors ?? []) {
    if (!(tensor.data instanceof Float32Array)) {
      joined.set(name, tensor);
      continue;
    }
    const whole = new Float32Array(parameterVectorSize(config));
    stages.forEach(({ layout, index }) => {
      const part = vectorOf(states[index]?.tensors, name, vectorSize(layout));
      for (const parameter of layout) {
        whole.set(part.subarray(parameter.offset, parameter.offset + parameter.size), offsets.get(parameter.name));
      }
    });
    joined.set(name, { data: whole, shape: [whole.length] });
  }
  return {
    model: writeSafetensors(new Map(models.flatMap(({ tensors }) => [...tensors])), models[0]?.metadata),
    state: writeSafetensors(joined, states[0]?.metadata),
  };
}

/**
 * Cuts out what one stage goes on from.
 * @throws {TypeError} If the checkpoint lacks a tensor of the stage.
 */
export function cutCheckpoint(config: ModelConfig, { layout }: Stage, whole: CheckpointBytes): Checkpoint {
  const model = readSafetensors(whole.model);
  const state = readSafetensors(whole.state);
  const offsets = offsetsOf(config);
  const cut = new Map<string, SafetensorsTensor>();
  for (const [name, tensor] of state.tensors) {
    if (!(tensor.data instanceof Float32Array)) {
      cut.set(name, tensor);
      continue;
    }
    const from = vectorOf(state.tensors, name, parameterVectorSize(config));
    const part = new Float32Array(vectorSize(layout));
    for (const { name: parameter, offset, size } of layout) {
      const start = offsets.get(parameter)!;
      part.set(from.subarray(start, start + size), offset);
    }
    cut.set(name, { data: part, shape: [part.length] });
  }
  const parameters = layout.map(({ name }): [string, SafetensorsTensor] => {
    const tensor = model.tensors.get(name);
    if (tensor === undefined) throw new TypeError(`cutting a checkpoint: found no tensor "${name}"`);
    return [name, tensor];
  });
  return {
    model: writeSafetensors(new Map(parameters), model.metadata),
    state: writeSafetensors(cut, state.metadata),
  };
}

function offsetsOf(config: ModelConfig): ReadonlyMap<string, number> {
  return new Map(parameterLayout(config).map(({ name, offset }) => [name, offset]));
}

function vectorOf(tensors: Tensors | undefined, name: string, length: number): Float32Array {
  const data = tensors?.get(name)?.data;
  if (data instanceof Float32Array && data.length === length) return data;
  const found = data === undefined ? "none" : `${data.constructor.name} of ${data.length}`;
  throw new TypeError(`a checkpoint in pieces: "${name}" is ${found}, wanted Float32Array of ${length}`);
}
