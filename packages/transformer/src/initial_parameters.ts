/**
 * GPT-2's initialisation, for both families: normal with deviation 0.02; the projections that write into the residual stream are scaled
 * by 1 / sqrt(2 L), so that its variance does not grow with the depth; norms start as the identity, biases at zero.
 * @see Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.3.
 */
import type { ModelConfig } from "./config.ts";
import { NAMES } from "./names.ts";
import { parameterLayout, vectorSize } from "./parameter_layout.ts";
import { sinusoidalTable } from "./sinusoidal_positions.ts";
import { known } from "./weights.ts";

const DEVIATION = 0.02;

/**
 * Makes the flat vector of a fresh model. The same configuration and seed give the same bytes on every machine and engine.
 * @param seed Integer; only its lower 32 bits count.
 * @param layout Where those that are wanted lie in the vector; default all. What a parameter begins with does not depend on it.
 * @returns The vector; gaps are zero.
 */
export function initialParameters(config: ModelConfig, seed: number, layout = parameterLayout(config)): Float32Array {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`initialParameters: found seed ${seed}, wanted an integer`);
  const vector = new Float32Array(vectorSize(layout));
  const counters = new Map(parameterLayout(config).map(({ name, offset }) => [name, offset]));
  const normal = normalNumbers(seed);
  const residualDeviation = DEVIATION / Math.sqrt(2 * config.layers);
  const { attentionOutput, feedForwardOutput } = NAMES[config.architecture];
  const residual = [`${attentionOutput}.weight`, `${feedForwardOutput}.weight`];
  for (const { name, offset, size, shape, frozen } of layout) {
    const first = known(counters, name);
    const values = vector.subarray(offset, offset + size);
    if (frozen) {
      values.set(sinusoidalTable(config.contextLength, config.width, DEVIATION));
    } else if (shape.length > 1) {
      const deviation = residual.some((ending) => name.endsWith(ending)) ? residualDeviation : DEVIATION;
      for (let index = 0; index < size; index++) values[index] = deviation * normal(first + index);
    } else if (name.endsWith(".weight")) {
      values.fill(1);
    }
  }
  return vector;
}

/**
 * Standard normal numbers of a seed, one for each counter: twelve uniform 16-bit integers, two a key, are summed (Irwin-Hall; variance 12 * 1/12 = 1). Unlike
 * Box-Muller it needs no logarithm or cosine, whose last bits differ between engines. Tails end at 6 deviations.
 */
export function normalNumbers(seed: number): (counter: number) => number {
  const keys = Array.from({ length: 6 }, (_, draw) => hash(seed ^ Math.imul(draw + 1, 0x9e3779b9)));
  return (counter) => {
    let sum = 0;
    for (const key of keys) {
      const bits = hash(key ^ counter);
      sum += (bits >>> 16) + (bits & 0xffff);
    }
    // Each uniform is (k + 0.5) / 65536 with mean 0.5: the sum of twelve has mean 6.
    return (sum + 6) / 65536 - 6;
  };
}

/** Mixes 32 bits so that every input bit reaches every output bit (Wellons' "lowbias32" constants). */
function hash(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
