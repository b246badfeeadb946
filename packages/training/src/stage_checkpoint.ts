/** A checkpoint in pieces, one a stage: together they are the whole one's bytes, so that it does not matter how many stages made it. */
import { type AdapterConfig, type ModelConfig, type Stage, trainedLayout, vectorSize } from "@millrace/transformer";
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
  const whole = wholeOf(config, stages[0]?.adapters);
  const joined = new Map<string, SafetensorsTensor>();
  for (const [name, tensor] of states[0]?.tensors ?? []) {
    if (!(tensor.data instanceof Float32Array)) {
      joined.set(name, tensor);
      continue;
    }
    const vector = new Float32Array(whole.size);
    stages.forEach(({ trained, index }) => {
      const part = vectorOf(states[index]?.tensors, name, vectorSize(trained));
      for (const { name: parameter, offset, size } of trained) {
        vector.set(part.subarray(offset, offset + size), whole.offsets.get(parameter));
      }
    });
    joined.set(name, { data: vector, shape: [vector.length] });
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
export function cutCheckpoint(config: ModelConfig, { trained, adapters }: Stage, files: CheckpointBytes): Checkpoint {
  const model = readSafetensors(files.model);
  const state = readSafetensors(files.state);
  const whole = wholeOf(config, adapters);
  const cut = new Map<string, SafetensorsTensor>();
  for (const [name, tensor] of state.tensors) {
    if (!(tensor.data instanceof Float32Array)) {
      cut.set(name, tensor);
      continue;
    }
    const from = vectorOf(state.tensors, name, whole.size);
    const part = new Float32Array(vectorSize(trained));
    for (const { name: parameter, offset, size } of trained) {
      const start = whole.offsets.get(parameter)!;
      part.set(from.subarray(start, start + size), offset);
    }
    cut.set(name, { data: part, shape: [part.length] });
  }
  const parameters = trained.map(({ name }): [string, SafetensorsTensor] => {
    const tensor = model.tensors.get(name);
    if (tensor === undefined) throw new TypeError(`cutting a checkpoint: found no tensor "${name}"`);
    return [name, tensor];
  });
  return {
    model: writeSafetensors(new Map(parameters), model.metadata),
    state: writeSafetensors(cut, state.metadata),
  };
}

/** Where what is trained lies in the vectors of the whole model, and how long these are. */
function wholeOf(
  config: ModelConfig,
  adapters: AdapterConfig | undefined,
): { readonly size: number; readonly offsets: ReadonlyMap<string, number> } {
  const layout = trainedLayout(config, adapters);
  return { size: vectorSize(layout), offsets: new Map(layout.map(({ name, offset }) => [name, offset])) };
}

function vectorOf(tensors: Tensors | undefined, name: string, length: number): Float32Array {
  const data = tensors?.get(name)?.data;
  if (data instanceof Float32Array && data.length === length) return data;
  const found = data === undefined ? "none" : `${data.constructor.name} of ${data.length}`;
  throw new TypeError(`a checkpoint in pieces: "${name}" is ${found}, wanted Float32Array of ${length}`);
}
