/**
 * AdamW, element-wise over the flat parameter vector.
 * @see Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2. Decay is multiplied by the learning rate of
 * the step, as PyTorch does.
 */
import { add, div, mul, scalar, sqrt, type Tensor } from "@millrace/tensor";
import type { ElementwiseUpdate, Range } from "./elementwise.ts";
import type { Optimiser, OptimiserParts, OptimiserStep } from "./optimiser.ts";

/** Settings that hold for a whole run. */
export interface AdamWSettings {
  /** Decay rate of the mean of gradients. */
  readonly beta1: number;
  /** Decay rate of the mean of squared gradients. */
  readonly beta2: number;
}

/** Added to the root of the second moment. As in GPT-2's and PyTorch's training; no recipe has a reason to change it. */
const EPSILON = 1e-8;

const VECTORS = ["parameters", "firstMoments", "secondMoments", "gradient", "decay"] as const;
const FACTORS = ["gradientScale", "negativeLearningRate", "rootScale", "guard"] as const;

/** AdamW over elements. */
export type AdamWUpdate = ElementwiseUpdate<(typeof VECTORS)[number], (typeof FACTORS)[number]>;

/**
 * Opens the optimiser.
 * @param ranges Elements that it is for; default all.
 */
export async function openAdamW<Place>(
  settings: AdamWSettings,
  { decay, vectors }: Pick<OptimiserParts<Place>, "decay" | "vectors">,
  ranges?: readonly Range[],
): Promise<Optimiser<Place>> {
  const elementwise = await vectors.openElementwise(adamWUpdate(settings), ranges);
  const memory = { firstMoments: await vectors.zeros(), secondMoments: await vectors.zeros() };
  const decays = await vectors.of(decay);
  return {
    memory,
    apply: (parameters, gradient, step) =>
      elementwise.run({ parameters, gradient, decay: decays, ...memory }, adamWFactors(settings, step)),
    release: () => elementwise.release(),
  };
}

/** What AdamW's update takes at a step. */
export function adamWFactors(
  { beta1, beta2 }: AdamWSettings,
  { step, learningRate, gradientScale }: OptimiserStep,
): Record<(typeof FACTORS)[number], number> {
  const firstWeight = 1 - power(beta1, step + 1);
  const secondWeight = 1 - power(beta2, step + 1);
  return {
    gradientScale: gradientScale * Math.sqrt(1 - beta2),
    negativeLearningRate: -learningRate,
    rootScale: firstWeight / Math.sqrt(secondWeight),
    guard: firstWeight * EPSILON,
  };
}

/**
 * Writes the update of elements. Factors are gathered so that as few passes over the vectors are made as may be: what an update costs is the memory it goes through. With
 * h the gradient times sqrt(1 - beta2), the moments take up h (1 - beta1) / sqrt(1 - beta2) and h^2; and both corrections of
 * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) stand in the divisor, sqrt(v) rootScale + guard.
 */
export function adamWUpdate({ beta1, beta2 }: AdamWSettings): AdamWUpdate {
  const share = scalar((1 - beta1) / Math.sqrt(1 - beta2));
  return {
    name: "adamw",
    vectors: VECTORS,
    factors: FACTORS,
    update({ parameters, firstMoments, secondMoments, gradient, decay, ...factors }) {
      const h = mul(gradient, factors.gradientScale);
      const m = add(mul(firstMoments, scalar(beta1)), mul(h, share));
      const v = add(mul(secondMoments, scalar(beta2)), mul(h, h));
      const direction = div(m, add(mul(sqrt(v), factors.rootScale), factors.guard));
      const updated: Tensor = add(
        parameters,
        mul(add(direction, mul(parameters, decay)), factors.negativeLearningRate),
      );
      return { parameters: updated, firstMoments: m, secondMoments: v };
    },
  };
}

/** base^exponent by squaring: Math.pow may differ in the last bit between JavaScript engines. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, bits = exponent; bits > 0; bits = Math.floor(bits / 2), square *= square) {
    if (bits % 2 === 1) result *= square;
  }
  return result;
}
