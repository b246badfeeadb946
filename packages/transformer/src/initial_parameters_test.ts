import { expect, test } from "vitest";
import type { ModelConfig } from "./config.ts";
import { initialParameters } from "./initial_parameters.ts";
import { parameterLayout } from "./parameter_layout.ts";
import { TINY } from "./testing/tiny_model.ts";

const MIDDLING: ModelConfig = {
  architecture: "gpt2",
  vocabularySize: 100,
  contextLength: 32,
  layers: 2,
  heads: 4,
  width: 64,
};

async function sha256(vector: Float32Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(vector.buffer as ArrayBuffer));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

test("initialParameters() gives these very bytes for seed 1, on every machine", async () => {
  expect(await sha256(initialParameters(MIDDLING, 1))).toBe(
    "5396e69cfa5005bbf2fba0fe19faf8b6dc40987e1a2004f948f334b2cf452bb1",
  );
});

test("initialParameters() differs when the seed does", () => {
  expect(initialParameters(TINY, 1)).not.toEqual(initialParameters(TINY, 2));
});

test("initialParameters() draws normal weights of GPT-2's deviations, identity layer norms, zero biases and gaps", () => {
  const vector = initialParameters(MIDDLING, 7);
  let end = 0;
  for (const { name, offset, size, shape } of parameterLayout(MIDDLING)) {
    const values = vector.subarray(offset, offset + size);
    expect(vector.subarray(end, offset).every((gap) => gap === 0)).toBe(true);
    end = offset + size;
    if (shape.length === 1) {
      expect(values.every((value) => value === (name.endsWith(".weight") ? 1 : 0))).toBe(true);
      continue;
    }
    const deviation = name.endsWith("c_proj.weight") ? 0.01 : 0.02;
    const moment = (power: number): number =>
      values.reduce((sum, value) => sum + (value / deviation) ** power, 0) / values.length;
    // Five standard errors of the moments of a normal sample of this size; Irwin-Hall's fourth moment is 2.9.
    const error = 5 / Math.sqrt(size);
    expect(Math.abs(moment(1))).toBeLessThan(error);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(error * Math.SQRT2);
    expect(Math.abs(moment(4) - 2.9)).toBeLessThan(error * Math.sqrt(96));
  }
});

test("initialParameters() draws neighbouring and seed-neighbouring values independently", () => {
  const [one, two] = [initialParameters(MIDDLING, 1), initialParameters(MIDDLING, 2)];
  const table = parameterLayout(MIDDLING).find(({ name }) => name === "transformer.wte.weight");
  if (table === undefined) throw new Error("the embedding is missing");
  const { offset, size } = table;
  const correlation = (shift: number, other: Float32Array): number => {
    let sum = 0;
    for (let index = 0; index < size - shift; index++) {
      sum += ((one[offset + index] ?? 0) * (other[offset + index + shift] ?? 0)) / 0.02 ** 2;
    }
    return sum / size;
  };
  for (const value of [correlation(1, one), correlation(64, one), correlation(0, two)]) {
    expect(Math.abs(value)).toBeLessThan(5 / Math.sqrt(size));
  }
});
