/** A model small enough for the float64 reference, and the ways of feeding it. */
import type { Feed, ReferenceArray } from "@millrace/tensor/testing";
import type { ModelConfig } from "../config.ts";
import { initialParameters } from "../initial_parameters.ts";
import { parameterLayout } from "../parameter_layout.ts";

/** Two layers of two heads over a vocabulary of 13. */
export const TINY: ModelConfig = {
  architecture: "gpt2",
  vocabularySize: 13,
  contextLength: 8,
  layers: 2,
  heads: 2,
  width: 8,
};

/** A model of each kind, with what its family lets one choose turned away from the defaults in a second one. */
export const VARIANTS: Readonly<Record<string, ModelConfig>> = {
  gpt2: TINY,
  "gpt2 with sines, untied, narrow": {
    ...TINY,
    positions: "sinusoidal",
    tied: false,
    activation: "gelu",
    innerWidth: 12,
  },
  llama: { ...TINY, architecture: "llama" },
  "llama with shared keys, biases, tied, stretched": {
    ...TINY,
    architecture: "llama",
    heads: 4,
    keyValueHeads: 2,
    headWidth: 6,
    innerWidth: 12,
    activation: "gelu_new",
    normEpsilon: 1e-3,
    tied: true,
    attentionBias: true,
    mlpBias: true,
    rope: {
      theta: 100,
      scaling: { type: "llama3", factor: 4, lowFrequencyFactor: 0.5, highFrequencyFactor: 4, originalContextLength: 8 },
    },
  },
};

/**
 * Parameters far from their start: everything is perturbed, so that no bias is zero, no norm the identity, and attention is uneven.
 */
export function livelyParameters(config: ModelConfig): Float32Array {
  const lively = initialParameters(config, 1);
  for (const { offset, size } of parameterLayout(config)) {
    for (let index = offset; index < offset + size; index++) {
      lively[index] = (lively[index] ?? 0) + 0.3 * Math.sin(index * index * 1.7);
    }
  }
  return lively;
}

/** Feeds every parameter by name. */
export function parameterFeeds(config: ModelConfig, parameters: Float32Array): Record<string, Feed> {
  return Object.fromEntries(
    parameterLayout(config).map(({ name, shape, offset, size }) => [
      name,
      { type: "float32" as const, data: Float64Array.from(parameters.subarray(offset, offset + size)), shape },
    ]),
  );
}

/** Index of the greatest score in a row. */
export function greatest(row: Float64Array): number {
  return row.indexOf(Math.max(...row));
}

/** The output of that name, which must be there. */
export function output(outputs: Readonly<Record<string, ReferenceArray>>, name: string): ReferenceArray {
  const value = outputs[name];
  if (value === undefined)
    throw new RangeError(`found the outputs ${Object.keys(outputs).join(", ")}, wanted "${name}"`);
  return value;
}
