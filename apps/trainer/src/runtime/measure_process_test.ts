import { writeSafetensors } from "@millrace/training";
import { initialParameters, type ModelConfig, parameterLayout } from "@millrace/transformer";
import { expect, test } from "vitest";
import type { EvaluationInput } from "../evaluation/measure.ts";
import { measureInProcess } from "./measure_process.ts";

const config: ModelConfig = {
  architecture: "gpt2",
  vocabularySize: 8,
  contextLength: 8,
  layers: 1,
  heads: 1,
  width: 8,
};
const vector = initialParameters(config, 1);
const tensors = parameterLayout(config).map(({ name, shape, offset, size }) => {
  return [name, { shape, data: vector.subarray(offset, offset + size) }] as const;
});
const input: EvaluationInput = {
  config,
  endOfText: 0,
  model: writeSafetensors(new Map(tensors)),
  trainingTokens: Uint16Array.of(0, 1, 2, 3),
  // Several seconds' work for xz.
  trainingText: Uint8Array.from({ length: 4_000_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24),
  tokens: Uint16Array.of(0, 1, 2, 3),
  lengths: [4],
  documents: [Uint8Array.of(1, 2, 3)],
};

test("measureInProcess() ends its process in the middle when it is aborted, and rejects with the reason", async () => {
  const stop = new AbortController();
  const measured: string[] = [];
  const onMeasured = (name: string): void => {
    measured.push(name);
    stop.abort(new Error("cancelled by a test"));
  };
  await expect(measureInProcess(() => {})(input, { signal: stop.signal, onMeasured })).rejects.toThrow(
    "cancelled by a test",
  );
  expect(measured).not.toContain("xzPrimed");
});

test("measureInProcess() starts nothing when it is aborted already", async () => {
  const options = { signal: AbortSignal.abort(new Error("too late")), onMeasured: () => {} };
  await expect(measureInProcess(() => {})(input, options)).rejects.toThrow("too late");
});

test("measureInProcess() rejects with the process' words when the model cannot be read", async () => {
  const options = { signal: new AbortController().signal, onMeasured: () => {} };
  const damaged = { ...input, model: new Uint8Array(8) };
  await expect(measureInProcess(() => {})(damaged, options)).rejects.toThrow(/^evaluating the model: .*safetensors/);
});
