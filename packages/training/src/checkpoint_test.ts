import { parameterLayout, parameterVectorSize } from "@millrace/transformer";
import { expect, test } from "vitest";
import { readCheckpoint, readModel, type TrainedState, writeCheckpoint } from "./checkpoint.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";

const config = {
  architecture: "gpt2",
  vocabularySize: 11,
  contextLength: 4,
  layers: 1,
  heads: 1,
  width: 6,
} as const;
const layout = parameterLayout(config);
const size = parameterVectorSize(config);

function state(seed: number, averaged = false): TrainedState {
  const vector = (shift: number): Float32Array => {
    const values = new Float32Array(size);
    // The gaps between parameters are zero in any real state.
    for (const { offset, size: length } of layout) {
      for (let i = offset; i < offset + length; i++)
        values[i] = seed === 0 ? 0 : Math.fround(Math.sin(i + shift + seed));
    }
    return values;
  };
  return {
    parameters: vector(0),
    averages: averaged ? vector(3) : undefined,
    optimiser: "adamw",
    memory: { firstMoments: vector(1), secondMoments: vector(2) },
  };
}

test("readCheckpoint() restores what writeCheckpoint() wrote, bit for bit", () => {
  const written = state(3);
  const read = state(0);
  expect(readCheckpoint(layout, writeCheckpoint(layout, written, 7, 42), 7, read)).toBe(42);
  expect(read).toEqual(written);
});

test("readModel() gives the flat parameters, and refuses the file of another configuration", () => {
  const { model } = writeCheckpoint(layout, state(3), 7, 42);
  expect(readModel(config, model)).toEqual(state(3).parameters);
  expect(() => readModel({ ...config, layers: 2 }, model)).toThrow("transformer.h.1.");
});

test("writeCheckpoint() names and shapes tensors as Hugging Face's GPT-2 does", () => {
  const { tensors, metadata } = readSafetensors(writeCheckpoint(layout, state(1), 1, 0).model);
  expect(metadata).toEqual({ format: "pt" });
  expect(tensors.get("transformer.wte.weight")?.shape).toEqual([11, 6]);
  expect(tensors.get("transformer.h.0.attn.c_attn.weight")?.shape).toEqual([6, 18]);
});

test("readCheckpoint() leaves the state alone when the checkpoint is of another model or seed", () => {
  const checkpoint = writeCheckpoint(layout, state(1), 7, 42);
  const into = state(0);
  const tensors = new Map(readSafetensors(checkpoint.model).tensors);
  const other = (): Uint8Array => writeSafetensors(tensors);

  expect(() => readCheckpoint(layout, checkpoint, 8, into)).toThrow("its seed is 7, wanted 8");
  tensors.set("lm_head.weight", { shape: [1], data: new Float32Array(1) });
  expect(() => readCheckpoint(layout, { ...checkpoint, model: other() }, 7, into)).toThrow(
    "unknown tensors lm_head.weight",
  );
  tensors.set("transformer.wte.weight", { shape: [6, 11], data: new Float32Array(66) });
  expect(() => readCheckpoint(layout, { ...checkpoint, model: other() }, 7, into)).toThrow(
    'tensor "transformer.wte.weight" is Float32Array [6,11], wanted Float32Array [11,6]',
  );
  expect(() => readCheckpoint(layout, { ...checkpoint, state: checkpoint.model }, 7, into)).toThrow(
    'tensor "firstMoments" is none',
  );
  expect(into).toEqual(state(0));
});

test("writeCheckpoint() makes the moving average the model, and readCheckpoint() restores both", () => {
  const written = state(3, true);
  const checkpoint = writeCheckpoint(layout, written, 7, 42);
  expect(readModel(config, checkpoint.model)).toEqual(written.averages);
  const read = state(0, true);
  expect(readCheckpoint(layout, checkpoint, 7, read)).toBe(42);
  expect(read).toEqual(written);
});

test("readCheckpoint() refuses the checkpoint of another optimiser, and one with a moving average where none is wanted", () => {
  const sgd = (seed: number): TrainedState => {
    const { parameters, memory } = state(seed);
    return { parameters, averages: undefined, optimiser: "sgd", memory: { velocity: memory["firstMoments"]! } };
  };
  const [ofSgd, ofAdamW] = [writeCheckpoint(layout, sgd(1), 7, 42), writeCheckpoint(layout, state(1), 7, 42)];
  expect(() => readCheckpoint(layout, ofSgd, 7, state(0))).toThrow(
    'it was made with train.optimiser "sgd", wanted "adamw"',
  );
  expect(() => readCheckpoint(layout, ofAdamW, 7, sgd(0))).toThrow(
    'it was made with train.optimiser "adamw", wanted "sgd"',
  );
  const averaged = writeCheckpoint(layout, state(1, true), 7, 42);
  expect(() => readCheckpoint(layout, averaged, 7, state(0))).toThrow("it has a moving average");
  expect(() => readCheckpoint(layout, ofAdamW, 7, state(0, true))).toThrow("it has no moving average");
});

test("writeCheckpoint() names no optimiser when it is AdamW, so that its files are those of versions that knew no other", () => {
  expect(readSafetensors(writeCheckpoint(layout, state(1), 7, 42).state).metadata).toEqual({});
});
